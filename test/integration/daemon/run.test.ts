import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AgentFixture, agentFixture } from "../../testkit/agent-fixture.ts";
import type { RunningAgent } from "../../testkit/exe-program.ts";

let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(() => fixture.remove());

const patient = { timeout: 20_000, interval: 100 };
const current = () => join(fixture.state, "databases/daily/current/a.txt");
const content = () => (existsSync(current()) ? readFileSync(current(), "utf8") : undefined);

async function startService(jitter = "1h"): Promise<RunningAgent> {
  fixture.configure(`schedule: {jitter: ${jitter}}\nlog: {target: stderr}`);
  const service = fixture.start("run");
  await expect.poll(() => service.stderr(), patient).toContain("service started");
  return service;
}

async function stopService({ child, ended }: RunningAgent) {
  child.kill("SIGTERM");
  return ended;
}

describe("run", () => {
  test("installs by itself after its start, logs two lines, and SIGTERM ends it with 0", async () => {
    const service = await startService("0");
    await expect.poll(content, patient).toBe("one\n");
    await expect.poll(() => service.stderr(), patient).toContain("update ended");
    const { code, stdout, stderr } = await stopService(service);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    const told = stderr
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/^\S+ /, ""));
    expect(told[0]).toMatch(/^info service started version=/);
    expect(told[1]).toMatch(/^info update started database=daily$/);
    expect(told[2]).toMatch(/^info update ended database=daily result=updated to=first bytes=\d/);
    expect(told[3]).toBe("info service stopped");
    expect(told).toHaveLength(4);
    expect(existsSync(fixture.socket)).toBe(false);
  });

  test("update --now goes through it: same lines, same document, same exit codes", async () => {
    const service = await startService();
    const first = await fixture.agent("update", "--now", "--json");
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(first.stdout)).toMatchObject({
      result: "updated",
      databases: [{ name: "daily", from: null, to: { label: "first" } }],
    });
    expect(service.stderr()).toContain("update ended database=daily");
    const again = await fixture.agent("update", "--now", "daily");
    expect(again).toEqual({ code: 0, stdout: "daily: current at first\n", stderr: "" });
    fixture.publisher.release("daily", { "a.txt": "two\n" }, { label: "second" });
    await fixture.publisher.publish();
    fixture.server.misbehave(/^targets\//, { kind: "wrong-bytes" });
    const refused = await fixture.agent("update", "--now");
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toMatch(/^daily: refused, stays at first: [\s\S]*what to do: /m);
    expect(service.stderr()).toMatch(/error refused database=daily code=trust\.mismatch/);
    expect(content()).toBe("one\n");
  });

  test("status tells of it", async () => {
    await startService();
    const { stdout } = await fixture.agent("status");
    expect(stdout).toMatch(/^service: running, idle, next check at \d{4}-/m);
  });

  test("a second one ends with exit code 7; after kill -9 of the first the next takes over", async () => {
    const first = await startService();
    const second = await fixture.agent("run");
    expect(second.code).toBe(7);
    expect(second.stderr).toMatch(/lock .*service\.sqlite/);
    first.child.kill("SIGKILL");
    await first.ended;
    expect(existsSync(fixture.socket)).toBe(true);
    const third = await startService();
    expect((await fixture.agent("status")).stdout).toContain("service: running");
    expect((await stopService(third)).code).toBe(0);
  });

  test("SIGHUP takes a good configuration, and keeps the old one for a bad one", async () => {
    const service = await startService();
    const text = readFileSync(fixture.config, "utf8");
    writeFileSync(fixture.config, `${text}nonsense: 1\n`);
    service.child.kill("SIGHUP");
    await expect
      .poll(() => service.stderr(), patient)
      .toMatch(/error .*the old one stays .*unknown key/);
    writeFileSync(fixture.config, `${text}transfer: {idleTimeout: 5s}\n`);
    service.child.kill("SIGHUP");
    await expect.poll(() => service.stderr(), patient).toContain("configuration reloaded");
    expect((await fixture.agent("update", "--now")).code).toBe(0);
  });

  test("without a service the lock is the same: of two at once none destroys the other's work", async () => {
    const runs = await Promise.all([1, 2, 3].map(() => fixture.agent("update", "--now", "--json")));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    const installed = runs.filter(({ stdout }) => stdout.includes('"result": "updated"'));
    expect(installed).toHaveLength(1);
    expect(content()).toBe("one\n");
  });
});

test("a socket that is closed to this user is told as that", async () => {
  const service = await startService();
  const [, bundle = ""] = service.child.spawnargs;
  const isRoot = process.getuid?.() === 0;
  for (const path of [fixture.dir, dirname(bundle)]) chmodSync(path, 0o755);
  if (!isRoot) chmodSync(fixture.socket, 0);
  const child = spawn(
    process.execPath,
    [bundle, "update", "--now", "--config", fixture.config],
    isRoot ? { uid: 65_534, gid: 65_534 } : {},
  );
  let told = "";
  child.stderr.on("data", (chunk) => {
    told += String(chunk);
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code).toBe(5);
  expect(told).toContain("closed to this user");
});
