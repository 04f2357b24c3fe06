import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { callService } from "../../../agent/daemon/control-client.ts";
import { startCron } from "../../../agent/daemon/cron.ts";
import type { ServicePorts } from "../../../agent/daemon/parts.ts";
import { runService } from "../../../agent/daemon/service.ts";
import { startWorker, workerLimits } from "../../../agent/daemon/worker.ts";
import { systemClock } from "../../../host/clock.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { createLog } from "../../../host/log.ts";
import { fakeAgent } from "./fake-agent.ts";

let dir: string;
let interrupted: boolean;
let stop: AbortController;
let hangup: () => void;
let running: Promise<void> | undefined;
let log: PassThrough;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-service-"));
  interrupted = false;
  stop = new AbortController();
  log = new PassThrough();
  writeFileSync(join(dir, "fake.cjs"), fakeAgent);
  behave("quick");
  configure("");
});
afterEach(async () => {
  stop.abort();
  await running;
  rmSync(dir, { recursive: true });
});

const behave = (behaviour: string): void => writeFileSync(join(dir, "behaviour"), behaviour);
const configPath = () => join(dir, "agent.yaml");

function configure(more: string, keep = 2): void {
  const text = `repository: {url: http://127.0.0.1:1/}
databases: {daily: {keep: ${keep}}}
state: ${dir}/state
socket: ${dir}/run/agent.sock
${more}`;
  writeFileSync(
    configPath(),
    text.includes("schedule") ? text : `${text}\nschedule: {jitter: 1h}\n`,
  );
}

const notes = (): string[] => {
  if (!existsSync(join(dir, "notes"))) return [];
  return readFileSync(join(dir, "notes"), "utf8").trimEnd().split("\n");
};

let logged = "";
const logText = (): string => {
  logged += String(log.read() ?? "");
  return logged;
};

const facts = { version: "1.2.3", pid: 42, seed: "seed", drainMs: 10_000 };
const load = () => loadAgentConfig(nodeFileSystem, configPath());

function ports({ silenceMs = 60_000, graceMs = 200 } = {}): ServicePorts {
  const limits = { ...workerLimits, silenceMs, graceMs };
  const command = { program: process.execPath, args: [join(dir, "fake.cjs"), dir] };
  const { env } = process;
  return {
    fs: nodeFileSystem,
    clock: systemClock,
    random: () => 0.999,
    startCron,
    makeLog: ({ level }) => createLog({ level, target: "stderr", stderr: log }),
    startWorker: (args, input, onEvent) =>
      startWorker({ command, args, input, env, limits, onEvent }),
    load,
    onReload: (listener) => {
      hangup = listener;
      return () => undefined;
    },
    interrupted: async () => interrupted,
    signal: stop.signal,
  };
}

async function start({ drainMs = 10_000, silenceMs = 60_000 } = {}) {
  logged = "";
  const loaded = await load();
  const service = runService(ports({ silenceMs }), { ...facts, drainMs }, loaded);
  running = service.catch(() => undefined);
  const ready = expect.poll(() => existsSync(loaded.config.socket), { timeout: 5_000 }).toBe(true);
  await Promise.race([service, ready]);
  return { service }; // not the promise itself: awaiting the start must not await the end
}

const socket = () => join(dir, "run/agent.sock");
const state = () => join(dir, "state");
const ask = () => callService({ socket: socket(), state: state(), request: { verb: "service" } });
/** Milliseconds until the check that the service says is next. */
const untilNext = async (): Promise<number> => {
  const next = (await ask())?.["nextCheckAt"];
  return typeof next === "string" ? Date.parse(next) - Date.now() : Number.NaN;
};
const update = (databases: string[] = [], onEvent?: (event: unknown) => void) => {
  const request = { verb: "update", databases, now: true, force: false, plan: false } as const;
  return callService({
    socket: socket(),
    state: state(),
    request,
    ...(onEvent === undefined ? {} : { onEvent }),
  });
};

describe("a request", () => {
  test("is carried out by a child with the configuration that was loaded", async () => {
    await start();
    configure("", 7); // changed on the disk, but not reloaded
    const events: unknown[] = [];
    const answer = await update(["daily"], (event) => events.push(event));
    expect(answer).toMatchObject({ event: "outcome", exitCode: 0, lines: ["daily: updated"] });
    expect(events).toMatchObject([{ event: "progress", step: "fetching" }]);
    expect(notes()).toEqual(["begin update --events --config - --now -- daily", "given 2", "end"]);
    expect(logText()).toMatch(/update started database=daily[\s\S]*update ended database=daily/);
  });

  test("waits for the one before it, and is told so", async () => {
    await start();
    behave("slow");
    const first = update();
    await expect.poll(notes).toHaveLength(2);
    const events: unknown[] = [];
    const second = update([], (event) => events.push(event));
    expect(await ask()).toMatchObject({ busy: true, pid: 42 });
    await Promise.all([first, second]);
    expect(events[0]).toEqual({ event: "queued" });
    expect(notes().filter((note) => !note.startsWith("given"))).toEqual([
      "begin update --events --config - --now --",
      "end",
      "begin update --events --config - --now --",
      "end",
    ]);
    await expect.poll(ask).toMatchObject({ busy: false });
  });

  test("goes on when its client leaves", async () => {
    await start();
    behave("slow");
    const leaving = new AbortController();
    const request = {
      verb: "update",
      databases: [],
      now: true,
      force: false,
      plan: false,
    } as const;
    const call = { socket: socket(), state: state(), request, signal: leaving.signal };
    const left = callService(call).catch(() => "left");
    await expect.poll(notes).toHaveLength(2);
    leaving.abort(new Error("x"));
    expect(await left).toBe("left");
    await expect.poll(notes, { timeout: 5_000 }).toContain("end");
  });
});

describe("a child", () => {
  test("that crashes is a failure with its reason, and the service lives on", async () => {
    await start();
    behave("crash");
    const answer = await update();
    expect(answer).toMatchObject({
      exitCode: 1,
      document: { result: "failed", error: { code: "internal.unexpected" } },
    });
    expect(logText()).toMatch(/check failed .*TypeError: it broke/);
    behave("quick");
    expect(await update()).toMatchObject({ exitCode: 0 });
    expect(logText()).toContain("works again");
  });

  test("that hangs is ended, and so is one that does not heed SIGTERM", async () => {
    await start({ silenceMs: 3_000 });
    behave("hang");
    expect(await update()).toMatchObject({ exitCode: 1, document: { result: "failed" } });
    behave("deaf");
    expect(await update()).toMatchObject({ exitCode: 1 });
    expect(logText()).toMatch(/did nothing for too long/);
    behave("quick");
    expect(await update()).toMatchObject({ exitCode: 0 });
  });
});

describe("the schedule", () => {
  test("the first check comes by itself, and at info a good one is not logged", async () => {
    configure("schedule: {jitter: 0}\n");
    await start();
    await expect.poll(notes, { timeout: 5_000 }).toContain("end");
    expect(notes()[0]).toBe("begin update --events --config - --");
  });

  test("the service tells when it will check next", async () => {
    await start();
    expect(await ask()).toMatchObject({ event: "service", busy: false });
    expect(await untilNext()).toBeGreaterThan(0);
    expect(await untilNext()).toBeLessThanOrEqual(3_600_000);
  });
});

describe("the end", () => {
  test("nothing runs: at once, without a socket left behind", async () => {
    const { service } = await start();
    expect(existsSync(socket())).toBe(true);
    const idle = callService({ socket: socket(), state: state(), request: { verb: "service" } });
    await idle;
    stop.abort();
    await service;
    expect(existsSync(socket())).toBe(false);
    expect(logText()).toContain("service stopped");
  });

  test("a running update ends first; what waits is turned away", async () => {
    const { service } = await start();
    behave("slow");
    const first = update();
    await expect.poll(notes).toHaveLength(2);
    const second = update().catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    stop.abort();
    expect(await first).toMatchObject({ exitCode: 0 });
    expect(await second).toMatchObject({
      code: "busy.locked",
      message: "The service is stopping.",
    });
    await service;
    expect(notes()).not.toContain("asked");
  });

  test("one that takes too long is asked to end, then ended", async () => {
    const { service } = await start({ drainMs: 200 });
    behave("deaf");
    const asked = update();
    await expect.poll(notes).toHaveLength(2);
    const begun = performance.now();
    stop.abort();
    await service;
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(notes()).toContain("asked");
    expect(await asked).toMatchObject({ exitCode: 1 });
  });
});

test("a second service on the same state is busy.locked, and the first does not notice", async () => {
  await start();
  const loaded = await load();
  const config = { ...loaded.config, socket: join(dir, "run/other.sock") };
  const second = runService(ports(), facts, { ...loaded, config });
  await expect(second).rejects.toMatchObject({ code: "busy.locked" });
  expect(await ask()).toMatchObject({ event: "service" });
});

describe("a reload", () => {
  test("takes the new configuration for the next child", async () => {
    await start();
    configure("schedule: {every: 5m, jitter: 1h}\n", 9);
    hangup();
    await expect.poll(logText).toContain("configuration reloaded");
    await update();
    expect(notes()).toContain("given 9");
    expect(await untilNext()).toBeLessThanOrEqual(300_000);
  });

  test.each([
    ["is wrong", "nonsense: 1\n", /the old one stays .*unknown key/],
    ["needs a restart", "console: {url: https://a.b}\n", /another state folder needs a restart/],
  ])("of a configuration that %s keeps the old one and says so", async (why, more, told) => {
    await start();
    configure(more, 9);
    if (why === "needs a restart") {
      writeFileSync(configPath(), readFileSync(configPath(), "utf8").replace("/state", "/other"));
    }
    hangup();
    await expect.poll(logText).toMatch(told);
    await update();
    expect(notes()).toContain("given 2");
  });
});
