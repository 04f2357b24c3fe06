/** A service whose child cannot be ended: it says so once, and gives no sign of life any more. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { startCron } from "../../../agent/daemon/cron.ts";
import { runService } from "../../../agent/daemon/service.ts";
import type { WorkerEnd } from "../../../agent/daemon/worker.ts";
import { systemClock } from "../../../host/clock.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { createLog } from "../../../host/log.ts";

test("the watchdog is not fed while a child lives on that was ended", async () => {
  const dir = mkdtempSync(join(tmpdir(), "vouchsafe-stuck-"));
  writeFileSync(
    join(dir, "agent.yaml"),
    `repository: {url: http://127.0.0.1:1/}
databases: {daily: {}}
schedule: {every: 24h, jitter: 0}
state: ${dir}/state
socket: ${dir}/run/agent.sock
`,
  );
  const stop = new AbortController();
  const stream = new PassThrough();
  const heard: string[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<WorkerEnd>();
  let stuck = false;
  const load = () => loadAgentConfig(nodeFileSystem, join(dir, "agent.yaml"));
  const running = runService(
    {
      fs: nodeFileSystem,
      clock: systemClock,
      random: () => 0,
      startCron,
      makeLog: ({ level }) => createLog({ level, target: "stderr", stderr: stream }),
      startWorker: () => ({ ended, stop: () => undefined, stuck: () => stuck }),
      load,
      onReload: () => () => undefined,
      interrupted: async () => false,
      manager: {
        watchdogMs: 150,
        monotonicUsec: () => 0n,
        tell: async (lines) => {
          heard.push(...lines);
          return true;
        },
      },
      signal: stop.signal,
    },
    { version: "1.2.3", pid: 42, seed: "seed", drainMs: 0 },
    await load(),
  );
  try {
    const feeds = (): number => heard.filter((line) => line === "WATCHDOG=1").length;
    await expect.poll(() => heard.some((line) => line.startsWith("STATUS=Checking"))).toBe(true);
    const before = feeds();
    await expect.poll(feeds).toBeGreaterThan(before);

    stuck = true;
    await expect.poll(() => heard.at(-1)).toBe("STATUS=Stuck: an update does not end");
    const last = feeds();
    await new Promise((resolve) => setTimeout(resolve, 500)); // ten feeds' time
    expect(feeds()).toBe(last);
    const logged = String(stream.read() ?? "");
    expect(logged.match(/the service is stuck and should be restarted/g)).toHaveLength(1);

    stuck = false;
    await expect.poll(feeds).toBeGreaterThan(last);
  } finally {
    end({ code: 1, signal: null, stderr: "" });
    stop.abort();
    await running;
    rmSync(dir, { recursive: true });
  }
});
