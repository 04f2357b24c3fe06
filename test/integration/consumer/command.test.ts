import process from "node:process";
import { describe, expect, test } from "vitest";
import type { Argv } from "../../../agent/config/types.ts";
import { couldNotBecome } from "../../../agent/consumer/as-user.ts";
import { commandConsumer } from "../../../agent/consumer/command.ts";
import { noConsumer } from "../../../agent/consumer/none.ts";
import { runProcess } from "../../../host/process.ts";

const subject = { database: "daily", version: 7, path: "/var/lib/vouchsafe/x" };
const node = process.execPath;

const consumerOf = (
  commands: Partial<Record<"trial" | "reload" | "confirm", Argv>>,
  timeoutMs = 10_000,
) => commandConsumer({ type: "command", timeoutMs, ...commands }, runProcess, nobodyElse);
const nobodyElse = async () => undefined;
const script = (text: string): Argv => [node, "-e", text];
const codeOf = (code: string): unknown => expect.objectContaining({ code });

describe("a command consumer", () => {
  test("is given database, generation and release in its environment, and nothing of ours", async () => {
    process.env["VOUCHSAFE_TEST_SECRET"] = "x";
    const check = `
      const { VOUCHSAFE_DATABASE: d, VOUCHSAFE_GENERATION: g, VOUCHSAFE_RELEASE: r } = process.env;
      process.exit(d === "daily" && g === "${subject.path}" && r === "7"
        && process.env.VOUCHSAFE_TEST_SECRET === undefined ? 0 : 1);`;
    await consumerOf({ trial: script(check) }).trial(subject);
    delete process.env["VOUCHSAFE_TEST_SECRET"];
  });

  test("exit code 0 is good, whatever was printed", async () => {
    await consumerOf({ confirm: script("console.error('warning')") }).confirm(subject);
  });

  test("exit code 75 means that it cannot be asked now", async () => {
    const consumer = consumerOf({
      trial: script("process.exit(75)"),
      reload: script("process.exit(75)"),
    });
    await expect(consumer.trial(subject)).rejects.toEqual(codeOf("consumer.unreachable"));
    await expect(consumer.reload(subject)).rejects.toEqual(codeOf("consumer.unreachable"));
  });

  test.each([
    ["trial", "consumer.trial-failed"],
    ["reload", "consumer.confirm-failed"],
    ["confirm", "consumer.confirm-failed"],
  ] as const)(
    "any other exit code of %s is %s, with the end of what it said",
    async (what, code) => {
      const consumer = consumerOf({
        [what]: script("console.error('bad\\u001b[31m line 3'); process.exit(2)"),
      });
      await expect(consumer[what](subject)).rejects.toMatchObject({
        code,
        message: `The ${what} command of daily ended with exit code 2: bad [31m line 3.`,
      });
    },
  );

  test("a program that does not end is ended, and that is a refusal", async () => {
    const consumer = consumerOf({ trial: script("setInterval(() => {}, 1000)") }, 300);
    await expect(consumer.trial(subject)).rejects.toMatchObject({
      code: "consumer.trial-failed",
      message: expect.stringContaining("did not end within 0.3 s"),
    });
  });

  test("endless output is bounded in the message", async () => {
    const consumer = consumerOf({
      trial: script("console.log('x'.repeat(1e6)); process.exitCode = 1"),
    });
    await expect(consumer.trial(subject)).rejects.toMatchObject({
      message: expect.stringMatching(/^.{100,600}$/),
    });
  });

  test("a program that cannot be started is unreachable", async () => {
    const consumer = consumerOf({ trial: ["/nonexistent/program"] });
    await expect(consumer.trial(subject)).rejects.toEqual(codeOf("consumer.unreachable"));
  });

  test("no shell looks at the arguments", async () => {
    await consumerOf({
      trial: [node, "-e", "process.exit(process.argv[1] === '$(id); *' ? 0 : 1)", "$(id); *"],
    }).trial(subject);
  });

  test("what is not configured is a yes, and so is no consumer", async () => {
    await consumerOf({}).trial(subject);
    await noConsumer.confirm(subject);
  });

  test("an abort ends the program and is passed on", async () => {
    const stop = new AbortController();
    const consumer = consumerOf({ trial: script("setInterval(() => {}, 1000)") });
    const asked = consumer.trial(subject, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(asked).rejects.toThrow("stopped");
  });
});

describe("the programs of a consumer with a user of its own", () => {
  const nobody = { name: "nobody", uid: 65_534, gid: 65_534 };

  test("run as that user and keep nothing of the agent's, or the consumer counts as unreachable", async () => {
    const check: Argv = [
      "/bin/sh",
      "-c",
      'grep -q "^CapEff:.0*$" /proc/self/status && [ $(id -u) = 65534 ]',
    ];
    const settings = { type: "command", timeoutMs: 60_000, trial: check, user: "nobody" } as const;
    const trial = commandConsumer(settings, runProcess, async () => nobody).trial(subject);
    if (process.geteuid?.() === 0) await trial;
    else await expect(trial).rejects.toEqual(codeOf("consumer.unreachable"));
  });

  test("that does not exist cannot be asked, which condemns nothing", async () => {
    const consumer = commandConsumer(
      { type: "command", timeoutMs: 1_000, trial: ["/bin/true"], user: "missing" },
      runProcess,
      nobodyElse,
    );
    await expect(consumer.trial(subject)).rejects.toMatchObject({
      code: "consumer.unreachable",
      message: "The trial command of daily cannot run: no user missing.",
    });
  });

  test("that refuse are told from setpriv that fails", () => {
    expect(couldNotBecome({ code: 127, stderr: "setpriv: setresuid failed: EPERM\n" })).toBe(true);
    expect(couldNotBecome({ code: 127, stderr: "sh: not found\n" })).toBe(false);
    expect(couldNotBecome({ code: 1, stderr: "setpriv: x" })).toBe(false);
  });
});
