/** The script for hosts without systemd, with the packaged executable: what it does, and its codes. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AgentFixture, agentFixture, executable } from "../../testkit/agent-fixture.ts";

const source = resolve(import.meta.dirname, "../../../installers/linux/sysv/vouchsafe-agent");
const patient = { timeout: 60_000, interval: 200 };

describe.skipIf(!existsSync("/usr/sbin/start-stop-daemon"))("the init script", () => {
  let fixture: AgentFixture;
  let script = "";

  beforeEach(async () => {
    fixture = await agentFixture(executable);
    const defaults = join(fixture.dir, "defaults");
    script = join(fixture.dir, "script");
    const at = (name: string): string => join(fixture.dir, name);
    fixture.configure(
      `schedule: {every: 24h, jitter: 1h}\nlog: {target: {file: ${at("agent.log")}}}`,
    );
    writeFileSync(
      defaults,
      `DAEMON=${executable[0]}
CONFIG=${fixture.config}
ROOT=${at("root.json")}
RUNAS=
PIDFILE=${at("pid")}
`,
    );
    const text = readFileSync(source, "utf8");
    writeFileSync(script, text.replaceAll("/etc/default/vouchsafe-agent", defaults), {
      mode: 0o755,
    });
  });
  afterEach(async () => {
    if (existsSync(join(fixture.dir, "pid"))) await run("stop");
    await fixture.remove();
  });

  /** What a call says and its exit code. */
  function run(word: string): Promise<{ code: number | null; said: string }> {
    const child = spawn(script, [word], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    return new Promise((done, fail) => {
      child.once("error", fail);
      child.once("exit", (code) => done({ code, said }));
    });
  }
  const log = (): string => {
    const path = join(fixture.dir, "agent.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };

  test("starts, tells its state, reloads and stops, with the codes of the LSB", async () => {
    expect(await run("status")).toMatchObject({
      code: 3,
      said: "vouchsafe-agent is not running.\n",
    });
    expect(await run("start")).toMatchObject({ code: 0, said: "vouchsafe-agent is started.\n" });
    await expect.poll(log, patient).toContain("service started");
    expect(await run("status")).toMatchObject({ code: 0, said: "vouchsafe-agent is running.\n" });
    expect(await run("start")).toMatchObject({ code: 0, said: "vouchsafe-agent is running.\n" });
    expect((await fixture.agent("update", "--now")).stdout).toContain("daily: installed first");
    expect((await run("reload")).code).toBe(0);
    await expect.poll(log, patient).toContain("configuration reloaded");
    expect(await run("stop")).toMatchObject({ code: 0, said: "vouchsafe-agent is stopped.\n" });
    expect(log()).toContain("service stopped");
    expect(await run("stop")).toMatchObject({ code: 0 });
    expect((await run("reload")).code).toBe(7);
  });

  test("after kill -9 it says so, and starts again", async () => {
    await run("start");
    await expect.poll(log, patient).toContain("service started");
    const pid = Number(readFileSync(join(fixture.dir, "pid"), "utf8"));
    process.kill(pid, "SIGKILL");
    await expect.poll(async () => (await run("status")).code, patient).toBe(1);
    expect(await run("start")).toMatchObject({ code: 0, said: "vouchsafe-agent is started.\n" });
    await expect.poll(() => log().match(/service started/g), patient).toHaveLength(2);
  });

  test("does not start what is not configured", async () => {
    writeFileSync(fixture.config, "nonsense: 1\n");
    const wrong = await run("start");
    expect(wrong.code).toBe(6);
    expect(wrong.said).toContain("nonsense");
    rmSync(join(fixture.dir, "root.json"));
    const untrusting = await run("start");
    expect(untrusting.code).toBe(6);
    expect(untrusting.said).toContain("is not configured: there is no");
    expect((await run("status")).code).toBe(3);
  });

  test("knows nothing else", async () => {
    expect((await run("nonsense")).code).toBe(2);
  });
});

test("the header has what insserv and update-rc.d need", () => {
  const text = readFileSync(source, "utf8");
  const header = /### BEGIN INIT INFO\n([\s\S]*)### END INIT INFO/.exec(text)?.[1] ?? "";
  for (const key of [
    "Provides",
    "Required-Start",
    "Required-Stop",
    "Default-Start",
    "Default-Stop",
  ]) {
    expect(header).toMatch(new RegExp(`^# ${key}: +\\S`, "m"));
  }
});
