/** `agent diagnostics`: what is in the archive, and above all what is not. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type AgentFixture, agentFixture } from "../../testkit/agent-fixture.ts";

let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await fixture.remove();
});

const archive = () => join(fixture.dir, "ticket.tar.gz");
const diagnose = () => fixture.agent("diagnostics", "-o", archive(), "--json");

/** Unpacks with the machine's own tar; returns the files by name. */
function unpacked(): ReadonlyMap<string, string> {
  const dir = join(fixture.dir, "unpacked");
  mkdirSync(dir);
  execFileSync("tar", ["-xzf", archive(), "-C", dir]);
  const folder = join(dir, "vouchsafe-diagnostics");
  return new Map(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

describe("diagnostics", () => {
  test("are a tar of all that a ticket needs, with a manifest", async () => {
    await fixture.agent("update", "--now");
    const { code, stdout } = await diagnose();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ result: "done", file: archive() });
    const { mode, size } = statSync(archive());
    expect(mode & 0o777).toBe(0o600);
    expect(size).toBeLessThan(10_000_000);
    const files = unpacked();
    const manifest = files.get("MANIFEST.txt") ?? "";
    for (const name of files.keys()) {
      if (name !== "MANIFEST.txt") expect(manifest).toContain(`\n${name}: `);
    }
    expect(files.get("doctor.json")).toContain('"check": "mirrors"');
    expect(files.get("config.json")).toContain(fixture.state);
    expect(files.get("version.json")).toContain('"runtime": "node ');
    expect(files.get("status.json")).toContain('"label": "first"');
    expect(files.get("last-run.json")).toContain('"result":"updated"');
    expect(files.get("history.ndjson")).toContain('"kind":"installed"');
    expect(files.get("trust.json")).toMatch(/"role": "root",\s+"version": 1/);
    expect(files.get("state.txt")).toMatch(/^d 0700 \d+:\d+ .* keys$/m);
    expect(files.get("state.txt")).toMatch(/^l .* databases\/daily\/current -> generations\//m);
    expect(files.get("system.json")).toMatch(/"memoryBytes"|did not answer in time/);
  });

  test("hold none of the secrets that are planted everywhere", async () => {
    const [password, bearer, environment] = ["pr0xy/s3cret", "b34r3r-t0k3n-value", "env1ronment"];
    const token = "vst_0123456789abcdefABCDEF";
    const ofFile = "f1le/s3cret+1";
    const secretFile = join(fixture.dir, "proxy-password");
    writeFileSync(secretFile, `${ofFile}\n`, { mode: 0o600 });
    const proxy = `{ url: "http://127.0.0.1:1", user: o, passwordFile: ${secretFile}, except: [127.0.0.1] }`;
    vi.stubEnv("HTTPS_PROXY", `http://opera:${encodeURIComponent(password)}@127.0.0.1:1`);
    vi.stubEnv("NO_PROXY", "127.0.0.1");
    vi.stubEnv("VOUCHSAFE_PASSPHRASE", environment);
    const log = join(fixture.dir, "agent.log");
    fixture.configure(
      [
        `transfer: { proxy: ${proxy} }`,
        `log: { target: { file: ${log} } }`,
        "console: { url: https://127.0.0.1:1, privacy: { hostname: hash } }",
      ].join("\n"),
    );
    await fixture.agent("update", "--now");
    const { seed } = JSON.parse(readFileSync(join(fixture.state, "keys/identity.json"), "utf8"));
    const planted = [
      `password ${password} of http://opera:${encodeURIComponent(password)}@proxy:3128/`,
      `Authorization: Bearer ${bearer}`,
      `the file says ${ofFile}`,
      `${token} ${environment} ${seed} ${Buffer.from(seed, "hex").toString("base64")}`,
      `on ${hostname()} and ${hostname().toUpperCase()}`,
    ];
    writeFileSync(
      log,
      `${JSON.stringify({ message: planted.join(" ") })}\n${planted.join("\n")}\n`,
    );
    appendFileSync(join(fixture.state, "history.ndjson"), `${planted.join(" ")}\n`);
    for (const [index, text] of planted.entries()) {
      const name = text.replaceAll(/[/\n]/g, " ").slice(0, 200);
      writeFileSync(join(fixture.state, `${index} ${name}`), "");
    }
    await fixture.agent("hold", "daily", "--reason", planted.join(" ").slice(0, 200));
    expect((await diagnose()).code).toBe(0);
    const bytes = gunzipSync(readFileSync(archive())).toString("latin1");
    const base64 = (text: string) => Buffer.from(text).toString("base64").replace(/=+$/, "");
    for (const secret of [password, bearer, environment, ofFile, token, String(seed)]) {
      expect(bytes).not.toContain(secret);
      expect(bytes).not.toContain(encodeURIComponent(secret));
      expect(bytes).not.toContain(base64(secret));
    }
    expect(bytes).not.toContain(Buffer.from(seed, "hex").toString("base64"));
    expect(bytes).not.toMatch(new RegExp(`(?<![a-z0-9])${hostname()}(?![a-z0-9])`, "i"));
    // They were there to be found: the places themselves are in the archive.
    expect(bytes).toContain("password [redacted: proxy credentials] of http://");
    expect(bytes).toMatch(/taken out: the agent's key, \d+ times/);
    expect(bytes).toMatch(/taken out: host name, \d+ times/);
  });

  test("never overwrite a file", async () => {
    writeFileSync(archive(), "mine");
    const { code, stdout } = await diagnose();
    expect(code).toBe(2);
    expect(stdout).toContain("exists already");
    expect(readFileSync(archive(), "utf8")).toBe("mine");
    const elsewhere = join(fixture.dir, "nowhere/ticket.tar.gz");
    expect((await fixture.agent("diagnostics", "-o", elsewhere)).code).toBe(2);
  });

  test("are made of an agent that was never configured, and change nothing", async () => {
    writeFileSync(fixture.config, "repository: 1\n");
    expect((await diagnose()).code).toBe(0);
    expect(existsSync(fixture.state)).toBe(false);
    expect(unpacked().get("config.json")).toContain('"code": "config.invalid"');
  });

  test("of a long log keep the end", async () => {
    const log = join(fixture.dir, "agent.log");
    fixture.configure(`log: { target: { file: ${log} } }`);
    writeFileSync(log, `a line that is whole ${"x".repeat(99)}\n`.repeat(30_000));
    appendFileSync(log, "the last line\n");
    expect((await diagnose()).code).toBe(0);
    const text = unpacked().get("log.txt") ?? "";
    expect(text.length).toBeLessThanOrEqual(2_000_000);
    expect(text.endsWith("the last line\n")).toBe(true);
    expect(text.startsWith("a line that is whole ")).toBe(true);
  });
});
