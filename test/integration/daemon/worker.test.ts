import process from "node:process";
import { describe, expect, test } from "vitest";
import { startWorker, type WorkerLimits } from "../../../agent/daemon/worker.ts";
import type { JsonObject } from "../../../protocol/json.ts";

const limits: WorkerLimits = {
  silenceMs: 20_000,
  totalMs: 40_000,
  graceMs: 20_000,
  deathMs: 20_000,
  lineBytes: 1_000,
  stderrBytes: 100,
};

/** Runs a script of JavaScript as a child. */
function child(script: string, change: Partial<WorkerLimits> = {}, input = "") {
  const events: JsonObject[] = [];
  const worker = startWorker({
    command: { program: process.execPath, args: ["-e", script] },
    args: [],
    env: process.env,
    input,
    limits: { ...limits, ...change },
    onEvent: (event) => events.push(event),
  });
  return { ...worker, events };
}

const say = (event: object): string => `console.log(${JSON.stringify(JSON.stringify(event))});`;

describe("a child", () => {
  test("its lines are events, in order; what is no line of JSON is passed over", async () => {
    const { ended, events } = child(
      `${say({ event: "a" })} console.log("(node) a warning"); console.log("[1]"); ${say({ event: "b" })} process.stdout.write('{"event":"c"'); process.exitCode = 8`,
    );
    expect(await ended).toEqual({ code: 8, signal: null, stderr: "" });
    expect(events).toEqual([{ event: "a" }, { event: "b" }]);
  });

  test("gets its input", async () => {
    const script = "process.stdin.on('data', d => console.log(JSON.stringify({ got: String(d) })))";
    const { ended, events } = child(script, {}, "given");
    await ended;
    expect(events).toEqual([{ got: "given" }]);
  });

  test("one that does not read its input is no error", async () => {
    const { ended } = child("process.exit(3)", {}, "x".repeat(1_000_000));
    expect(await ended).toMatchObject({ code: 3 });
  });

  test("of its standard error the end is kept", async () => {
    const { ended } = child("console.error('x'.repeat(1000)); console.error('the reason')");
    const { stderr } = await ended;
    expect(stderr).toHaveLength(100);
    expect(stderr.endsWith("the reason\n")).toBe(true);
  });

  test("an endless line costs no memory, and the child still ends by itself", async () => {
    const script = `${say({ event: "a" })} process.stdout.write('x'.repeat(5000), () => { ${say({ event: "b" })} process.exitCode = 4; })`;
    const { ended, events } = child(script);
    expect(await ended).toMatchObject({ code: 4 });
    expect(events).toEqual([{ event: "a" }]);
  });

  test("one that cannot be started has an error", async () => {
    const worker = startWorker({
      command: { program: "/does/not/exist", args: [] },
      args: [],
      env: {},
      input: "",
      onEvent: () => undefined,
    });
    const { startError, code } = await worker.ended;
    expect({ code, message: startError?.message }).toEqual({
      code: null,
      message: "spawn /does/not/exist ENOENT",
    });
  });

  test("one that crashes is told by its signal", async () => {
    const { ended } = child("process.kill(process.pid, 'SIGKILL')");
    expect(await ended).toMatchObject({ code: null, signal: "SIGKILL" });
  });
});

const forever = "setInterval(() => {}, 1000);";
const deaf = `process.on('SIGTERM', () => {}); ${forever}`;

describe("the watchdog", () => {
  test("ends a child that says nothing", async () => {
    const { ended } = child(forever, { silenceMs: 50 });
    expect(await ended).toMatchObject({ code: null, signal: "SIGTERM", watchdog: "silent" });
  });

  test("does not count the time before an event as silence", async () => {
    const script = `let n = 0; const t = setInterval(() => { ${say({ event: "a" })} if (++n === 8) { clearInterval(t); } }, 200)`;
    const { ended, events } = child(script, { silenceMs: 1_500 });
    expect(await ended).toMatchObject({ code: 0 });
    expect(events).toHaveLength(8);
  });

  test("ends a child that talks for ever", async () => {
    const script = `setInterval(() => { ${say({ event: "a" })} }, 5)`;
    const { ended } = child(script, { totalMs: 300 });
    expect(await ended).toMatchObject({ watchdog: "too-long" });
  });

  test("a child that does not heed it is ended after the grace", async () => {
    const { ended } = child(`${deaf} ${say({ event: "deaf" })}`, { silenceMs: 300, graceMs: 100 });
    const end = await ended;
    expect(end).toMatchObject({ code: null, watchdog: "silent" });
    expect(["SIGKILL", "SIGTERM"]).toContain(end.signal);
  });
});

test("stop asks, and insists after the grace", async () => {
  const worker = child(`${deaf} ${say({ event: "deaf" })}`, { graceMs: 100 });
  await expect.poll(() => worker.events, { timeout: 10_000 }).toHaveLength(1);
  worker.stop();
  worker.stop();
  const end = await worker.ended;
  expect(end).toMatchObject({ code: null, signal: "SIGKILL" });
  expect(end.watchdog).toBeUndefined();
});

test("what a child leaves running does not keep its end from being seen", async () => {
  const script = `
    const { spawn } = require("node:child_process");
    spawn(process.execPath, ["-e", "setTimeout(() => {}, 8000)"], { stdio: ["ignore", "inherit", "inherit"] }).unref();
    ${say({ event: "a" })}
    process.exit(0)`;
  const begun = performance.now();
  const { ended, events } = child(script);
  expect(await ended).toMatchObject({ code: 0 });
  expect(events).toHaveLength(1);
  expect(performance.now() - begun).toBeLessThan(7_000);
});
