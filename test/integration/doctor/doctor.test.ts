/** `agent doctor` as an operator starts it. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { acquireLock } from "../../../host/lock.ts";
import { type AgentFixture, agentFixture } from "../../testkit/agent-fixture.ts";
import { useDocument } from "./document.ts";

let fixture: AgentFixture;
const open = new Set<Server>();
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of open) server.close();
  open.clear();
  await fixture.remove();
});

const doctor = () => useDocument(fixture);

/** Every entry below a folder: kind, mode, time of change and content. */
function treeOf(dir: string): unknown[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => {
      const { mode, mtimeMs, ino } = lstatSync(path);
      const text = lstatSync(path).isFile() ? readFileSync(path).toString("base64") : "";
      return [path, mode, mtimeMs, ino, text];
    });
}

/** A clamd that answers PING, and each scan with `verdict`. */
async function fakeClamd(path: string, verdict: (text: string) => string): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text === "zPING\0") socket.end("PONG\0");
      else if (text.startsWith("zINSTREAM\0") && text.endsWith("\0\0\0\0")) {
        socket.end(`stream: ${verdict(text)}\0`);
      }
    });
  });
  open.add(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

describe("doctor", () => {
  test("changes nothing, before the first update and after it", async () => {
    const before = treeOf(fixture.dir);
    const first = await doctor();
    expect(first).toMatchObject({ code: 0, result: "done" });
    expect(first.messages("warning", "last-check")).toContain("No check was made yet.");
    expect(treeOf(fixture.dir)).toEqual(before);
    await fixture.agent("update", "--now");
    const installed = treeOf(fixture.dir);
    const second = await doctor();
    expect(second).toMatchObject({ code: 0, result: "done" });
    expect(second.failures()).toEqual([]);
    expect(second.messages("ok", "mirrors").join()).toContain("unchanged since the last check");
    expect(second.messages("ok", "last-check").join()).toContain("daily has release first");
    expect(second.messages("ok", "clock")).toHaveLength(1);
    expect(treeOf(fixture.dir)).toEqual(installed);
  });

  test("tells a person each line, and what to do", async () => {
    const { code, stdout, stderr } = await fixture.agent("doctor");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ok {7}configuration: .* is good: 1 database, 1 mirror\.$/m);
    expect(stdout).toMatch(/^warning {2}last-check: .*\n {9}what to do: Run `agent update --now`/m);
    expect(stdout).toMatch(/^\d+ ok, \d+ warnings, 0 failures$/m);
  });

  test("says of a machine that is to enrol by itself what becomes of that", async () => {
    const told = "url: 'http://127.0.0.1:1', tokenFile: /nonexistent/token";
    fixture.configure(`console: {${told}}`);
    const { stdout } = await fixture.agent("doctor");
    expect(stdout).toMatch(
      /warning {2}enrolment: .*not enrolled.*\n.*tries again with console\.tokenFile/,
    );
  });

  test("sees the service, and its next check", async () => {
    const service = fixture.start("run");
    await expect
      .poll(() => readdirSync(join(fixture.dir, "run")), { timeout: 60_000 })
      .toContain("agent.sock");
    await expect
      .poll(async () => (await doctor()).messages("ok", "service").join(), { timeout: 90_000 })
      .toMatch(new RegExp(`process ${service.child.pid}\\), next check at \\d`));
  });

  test("names the process that holds the lock", async () => {
    await fixture.agent("update", "--now");
    const lock = await acquireLock(join(fixture.state, "lock.sqlite"), { waitMs: 0 });
    const held = await doctor();
    lock.release();
    expect(held.messages("warning", "lock").join()).toContain(`Process ${process.pid} works`);
    expect((await doctor()).messages("ok", "lock")).toEqual(["The lock is free."]);
  });

  test("names a mirror that is gone with exit code 4; another that works makes it a warning", async () => {
    const gone = "http://127.0.0.1:1/";
    const config = readFileSync(fixture.config, "utf8");
    writeFileSync(fixture.config, config.replace(fixture.server.url, gone));
    const alone = await doctor();
    expect(alone).toMatchObject({ code: 4, result: "failed", error: { class: "retryable" } });
    expect(alone.failures("mirrors").join()).toContain(`${gone} fails at connecting`);
    const both = `[${gone}, ${fixture.server.url}]`;
    writeFileSync(fixture.config, config.replace(fixture.server.url, both));
    const pair = await doctor();
    expect(pair.code).toBe(0);
    expect(pair.messages("warning", "mirrors").join()).toContain(gone);
  });

  test("takes a captive portal's page for no repository", async () => {
    const bytes = Buffer.from("<!DOCTYPE html><title>Please log in</title>");
    fixture.server.misbehave("metadata/timestamp.json", { kind: "instead", bytes });
    const found = await doctor();
    expect(found.code).toBe(4);
    expect(found.failures("mirrors").join()).toContain("captive portal");
  });

  test("does not wait for a server that is silent", async () => {
    fixture.server.misbehave("metadata/timestamp.json", { kind: "silent" });
    const found = await doctor();
    expect(found).toMatchObject({ code: 4, error: { code: "transfer.timeout" } });
  });

  test("shows no credentials of a proxy", async () => {
    vi.stubEnv("http_proxy", "");
    vi.stubEnv("HTTP_PROXY", "http://user:s3cret@127.0.0.1:1");
    vi.stubEnv("NO_PROXY", "");
    vi.stubEnv("no_proxy", "");
    const { stdout, code } = await fixture.agent("doctor", "--json");
    expect(code).toBe(4);
    expect(stdout).toContain("through http://127.0.0.1:1 with credentials (HTTP_PROXY)");
    expect(stdout).not.toContain("s3cret");
  });

  test("goes through the configuration's proxy with the password of a file, and shows neither", async () => {
    const secret = join(fixture.dir, "proxy-password");
    writeFileSync(secret, "f1le-s3cret\n", { mode: 0o644 });
    const proxy = `{ url: "http://127.0.0.1:1", user: opera, passwordFile: ${secret} }`;
    fixture.configure(`transfer: { proxy: ${proxy} }`);
    const exposed = await doctor();
    expect(exposed.failures("configuration").join()).toContain("open to others");
    expect(exposed.messages("ok", "proxy").join()).toContain("with credentials (transfer.proxy)");
    expect(exposed.failures("mirrors").join()).toContain("fails at connecting");
    chmodSync(secret, 0o600);
    const { stdout } = await fixture.agent("doctor");
    expect(stdout).toMatch(/^ok {7}configuration: /m);
    expect(stdout).not.toMatch(/f1le-s3cret|opera/);
  });

  test("refuses keys that others may read, with exit code 5 and the command that helps", async () => {
    await fixture.agent("update", "--now");
    const keys = join(fixture.state, "keys");
    chmodSync(keys, 0o755);
    const found = await doctor();
    expect(found).toMatchObject({ code: 5, error: { code: "disk.permission" } });
    expect(found.error?.advice).toContain(`chmod 0700 ${keys}`);
    chmodSync(keys, 0o700);
    chmodSync(fixture.state, 0o777);
    expect(await doctor()).toMatchObject({ code: 5, error: { code: "disk.unsafe-path" } });
    chmodSync(fixture.state, 0o755);
  });

  test("says that the bootstrap root is missing, and goes on", async () => {
    rmSync(join(fixture.dir, "root.json"));
    const found = await doctor();
    expect(found).toMatchObject({ code: 3, error: { code: "trust.root" } });
    expect(found.messages("ok", "mirrors")).toHaveLength(1);
  });

  test("ends with exit code 2 on a configuration that is wrong, in the same form", async () => {
    writeFileSync(fixture.config, "repository: 1\n");
    const found = await doctor();
    expect(found).toMatchObject({ code: 2, result: "failed", error: { code: "config.invalid" } });
    expect(found.failures("configuration")).toHaveLength(1);
  });

  test("asks clamd for the release that is installed", async () => {
    await fixture.agent("update", "--now");
    const socket = join(fixture.dir, "clamd.ctl");
    fixture.configure("", `  daily: { consumer: { type: clamav, clamd: ${socket} } }`);
    const gone = await doctor();
    expect(gone.failures("consumers").join()).toContain("The clamd of daily cannot be asked");
    let verdict = "OK";
    await fakeClamd(socket, () => verdict);
    const stale = await doctor();
    expect(stale).toMatchObject({ code: 6, error: { code: "consumer.confirm-failed" } });
    expect(stale.error?.advice).toContain(`DatabaseDirectory ${fixture.state}/databases/daily`);
    verdict = "Vouchsafe.Canary.daily.1.UNOFFICIAL FOUND";
    const fresh = await doctor();
    expect(fresh.messages("ok", "consumers").join()).toContain("has loaded release first");
  });

  test("finds programs that are not there or may not be run", async () => {
    const program = join(fixture.dir, "reload");
    mkdirSync(program);
    fixture.configure("", `  daily: { consumer: { type: command, reload: [${program}] } }`);
    expect((await doctor()).failures("consumers").join()).toContain("is not a file");
    rmSync(program, { recursive: true });
    expect((await doctor()).failures("consumers").join()).toContain("does not exist");
    writeFileSync(program, "#!/bin/sh\n", { mode: 0o644 });
    expect((await doctor()).failures("consumers").join()).toContain("may not be run");
    chmodSync(program, 0o755);
    expect((await doctor()).failures("consumers")).toEqual([]);
  });
});
