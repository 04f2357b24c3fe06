/**
 * The noise rule of the log, end to end: a service with real children, whose hours pass as fast as
 * its checks. At `info` a check that finds nothing logs nothing; an update logs a line at its start
 * and one at its end; a repeating failure logs when it changes, then hourly.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import type { StartCron } from "../../../agent/daemon/cron.ts";
import { runService } from "../../../agent/daemon/service.ts";
import { startWorker } from "../../../agent/daemon/worker.ts";
import { type Clock, systemClock } from "../../../host/clock.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { createLog } from "../../../host/log.ts";
import { fakeAgent } from "./fake-agent.ts";

const quarterMs = 900_000;
const checksAnHour = 4;

let dir: string;
let stop: AbortController;
let running: Promise<void>;
let skippedMs: number;
let checkNow: () => Promise<void>;
let text: () => string;

/** The machine's clock, ahead by the time that was skipped. */
const clock: Clock = {
  now: () => new Date(systemClock.now().getTime() + skippedMs),
  monotonicMs: () => systemClock.monotonicMs() + skippedMs,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};

/** The test says when the schedule is looked at. */
const startCron: StartCron = (_expression, run) => {
  checkNow = run;
  return { nextRun: () => null, stop: () => undefined };
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-noise-"));
  stop = new AbortController();
  skippedMs = 0;
  writeFileSync(join(dir, "fake.cjs"), fakeAgent);
  behave("current");
  writeFileSync(
    join(dir, "agent.yaml"),
    `repository: {url: http://127.0.0.1:1/}
databases: {daily: {}}
schedule: {every: 15m, jitter: 1h}
state: ${dir}/state
socket: ${dir}/run/agent.sock
`,
  );
  const log = new PassThrough();
  let logged = "";
  text = () => {
    logged += String(log.read() ?? "");
    return logged;
  };
  const command = { program: process.execPath, args: [join(dir, "fake.cjs"), dir] };
  const { env } = process;
  const load = () => loadAgentConfig(nodeFileSystem, join(dir, "agent.yaml"));
  running = runService(
    {
      fs: nodeFileSystem,
      clock,
      random: () => 0.999,
      startCron,
      makeLog: ({ level }) => createLog({ level, target: "journal", stderr: log }),
      startWorker: (args, input, onEvent) => startWorker({ command, args, input, env, onEvent }),
      load,
      onReload: () => () => undefined,
      interrupted: async () => false,
      signal: stop.signal,
    },
    { version: "1.2.3", pid: 42, seed: "seed", drainMs: 10_000 },
    await load(),
  );
  await expect.poll(text).toContain("service started");
});
afterEach(async () => {
  stop.abort();
  await running;
  rmSync(dir, { recursive: true });
});

const behave = (behaviour: string): void => writeFileSync(join(dir, "behaviour"), behaviour);

/** Checks every quarter of an hour for so many hours. */
async function hoursPass(hours: number): Promise<void> {
  for (let check = 0; check < hours * checksAnHour; check += 1) {
    skippedMs += quarterMs;
    await checkNow();
  }
}

/** What was logged since the service has started, without that line. */
const lines = (): string[] => text().trimEnd().split("\n").slice(1);

describe("at info the log says", () => {
  test("nothing in an hour of checks that find nothing, and two lines of an update", async () => {
    await hoursPass(1);
    expect(lines()).toEqual([]);
    behave("quick");
    skippedMs += quarterMs;
    await checkNow();
    expect(lines()).toEqual([
      "<6>update started database=daily",
      "<6>update ended database=daily result=updated",
    ]);
    behave("current");
    await hoursPass(0.5);
    expect(lines()).toHaveLength(2);
  });

  test("of a failure when it begins, hourly, when it changes, and when it is over", async () => {
    behave("fail transfer.unreachable");
    await hoursPass(2);
    behave("fail transfer.timeout");
    await hoursPass(0.25);
    behave("current");
    await hoursPass(0.25);
    const of = (code: string, more = ""): string =>
      `<4>failed database=daily code=${code} reason="It failed."${more}`;
    expect(lines()).toEqual([
      of("transfer.unreachable"),
      of("transfer.unreachable", " again=4"),
      of("transfer.timeout"),
      "<6>works again database=daily",
    ]);
  });
});
