import { describe, expect, test } from "vitest";
import { parseAgentConfig } from "../../../agent/config/load.ts";
import { scheduledCheck, startJob, workerArguments } from "../../../agent/daemon/jobs.ts";
import { reloadProblem } from "../../../agent/daemon/reload.ts";
import { selfCommand } from "../../../agent/daemon/self-command.ts";
import { makeWorkQueue } from "../../../agent/daemon/work-queue.ts";
import type { WorkerEnd } from "../../../agent/daemon/worker.ts";
import type { JsonObject } from "../../../protocol/json.ts";

describe("how the program starts itself", () => {
  const execPath = "/usr/bin/vouchsafe-agent";
  test("as one executable", () => {
    const facts = { execPath, script: "/snapshot/x.cjs", embedded: true };
    expect(selfCommand(facts)).toEqual({ program: execPath, args: [] });
  });
  test("as a bundle or from source", () => {
    const facts = { execPath: "/usr/bin/node", script: "/opt/agent.cjs", embedded: false };
    expect(selfCommand(facts)).toEqual({ program: "/usr/bin/node", args: ["/opt/agent.cjs"] });
  });
});

describe("the child's command line", () => {
  test("of a scheduled check", () => {
    const words = ["update", "--events", "--config", "-", "--"];
    expect(workerArguments(scheduledCheck)).toEqual(words);
  });
  test("names come after --, so that none can be an option", () => {
    const request = { databases: ["a", "b"], now: true, force: true, plan: true };
    const words = workerArguments(request);
    expect(words.slice(words.indexOf("--"))).toEqual(["--", "a", "b"]);
    expect(words).toEqual(expect.arrayContaining(["--now", "--force", "--plan"]));
  });
});

describe("a job", () => {
  const end: WorkerEnd = { code: 0, signal: null, stderr: "" };
  const run = (events: readonly JsonObject[], last: Partial<WorkerEnd>) => {
    const told: JsonObject[] = [];
    const job = startJob(
      (_args, onEvent) => {
        for (const event of events) onEvent(event);
        return {
          ended: Promise.resolve({ ...end, ...last }),
          stop: () => undefined,
          stuck: () => false,
        };
      },
      scheduledCheck,
      (event) => told.push(event),
    );
    return { job, told };
  };

  test("the outcome is what the child says", async () => {
    const progress = { event: "progress" };
    const outcome = { event: "outcome", exitCode: 8, document: { result: "held" } };
    const { job, told } = run([progress, outcome], { code: 8 });
    expect(await job.outcome).toEqual(outcome);
    expect(told).toEqual([progress]);
  });

  test.each([
    [
      { code: 1, stderr: "first\nTypeError: x\n" },
      /ended with code 1 without an outcome: TypeError: x\./,
    ],
    [{ code: null, signal: "SIGKILL" }, /was ended by SIGKILL/],
    [{ code: null, signal: "SIGTERM", watchdog: "silent" as const }, /did nothing for too long/],
    [{ code: null, signal: "SIGTERM", watchdog: "too-long" as const }, /took too long/],
    [{ code: null, startError: new Error("ENOENT") }, /could not be started/],
    [{ code: 0 }, /ended with code 0 without an outcome/],
  ])("a child that says nothing (%j) has failed", async (last, told) => {
    const { job } = run([{ event: "outcome", exitCode: "x" }], last);
    const { exitCode, document, errors } = await job.outcome;
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ result: "failed", databases: [] });
    expect(errors?.[0]).toMatch(told);
  });
});

describe("the queue", () => {
  test("one piece after the other, in order, whatever becomes of one", async () => {
    const queue = makeWorkQueue();
    const done: string[] = [];
    const piece = (name: string, ms: number) =>
      queue.add(async () => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        done.push(name);
        if (name === "b") throw new Error("b");
      });
    const [a, b, c] = [piece("a", 20), piece("b", 1), piece("c", 0)];
    expect(queue.busy()).toBe(true);
    await a;
    await expect(b).rejects.toThrow("b");
    await c;
    expect(done).toEqual(["a", "b", "c"]);
    expect(queue.busy()).toBe(false);
  });

  test("once closed it ends what runs and turns the rest away", async () => {
    const queue = makeWorkQueue();
    let ended = false;
    const running = queue.add(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ended = true;
    });
    const waiting = queue.add(async () => "never").catch((error: unknown) => String(error));
    await Promise.resolve();
    await queue.close();
    expect(ended).toBe(true);
    await running;
    expect(await waiting).toContain("The service is stopping");
    await expect(queue.add(async () => 1)).rejects.toMatchObject({ code: "busy.locked" });
  });
});

test("another state folder or socket needs a restart, everything else does not", async () => {
  const load = async (more: string) => {
    const text = `repository: {url: http://a/}\ndatabases: {daily: {}}\n${more}`;
    return (await parseAgentConfig("test", Buffer.from(text))).config;
  };
  const before = await load("");
  expect(reloadProblem(before, await load("state: /a/b\n"))).toMatch(/state folder/);
  expect(reloadProblem(before, await load("socket: /a/b\n"))).toMatch(/socket/);
  expect(reloadProblem(before, await load("schedule: {every: 5m}\nlog: {level: debug}\n"))).toBe(
    undefined,
  );
});
