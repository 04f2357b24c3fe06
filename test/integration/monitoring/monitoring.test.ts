/** `status --check` and the textfile, as an operator sets them up. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AgentFixture, agentFixture } from "../../testkit/agent-fixture.ts";
import { parsePrometheusText } from "../../testkit/prometheus-text.ts";

let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(() => fixture.remove());

const check = (...more: string[]) => fixture.agent("status", "--check", ...more);

describe("status --check", () => {
  test("is CRITICAL before the first update and OK after it, without a network", async () => {
    const before = await check();
    expect(before).toMatchObject({ code: 2, stderr: "" });
    expect(before.stdout).toMatch(
      /^VOUCHSAFE CRITICAL - no check has succeeded yet; daily is not installed\|root_expires_in=\d+s;2592000:;0:\n$/,
    );
    await fixture.agent("update", "--now");
    const asked = fixture.server.requests.length;
    const after = await check("--max-age", "2h");
    expect(after).toMatchObject({ code: 0, stderr: "" });
    expect(after.stdout).toMatch(
      /^VOUCHSAFE OK - daily first; last good check .* ago\|last_success_age=\d+s;;7200 daily_release_age=\d+s daily_size=4B root_.* daily_expires_in=\d+s;;0:\n$/,
    );
    expect(fixture.server.requests).toHaveLength(asked);
  });

  test("a check that fails leaves the moment of the last good one", async () => {
    await fixture.agent("update", "--now");
    fixture.server.misbehave(/./, { kind: "status", status: 404 });
    expect((await fixture.agent("update", "--now")).code).toBe(4);
    const { code, stdout } = await check("--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      result: "done",
      status: "WARNING",
      problems: [{ status: "WARNING", message: expect.stringContaining("daily failed: ") }],
      measures: expect.arrayContaining([expect.objectContaining({ label: "last_success_age" })]),
    });
  });

  test("tampered files are CRITICAL once they were found", async () => {
    await fixture.agent("update", "--now");
    const generation = join(fixture.state, "databases/daily/current/");
    chmodSync(generation, 0o755);
    rmSync(join(generation, "a.txt"));
    await fixture.agent("verify");
    const { code, stdout } = await check();
    expect(code).toBe(2);
    expect(stdout).toContain("VOUCHSAFE CRITICAL - daily was tampered with");
  });

  test("is UNKNOWN, on standard output, when it cannot be found out", async () => {
    const age = await check("--max-age", "soon");
    expect(age).toMatchObject({ code: 3, stderr: "" });
    expect(age.stdout).toMatch(/^VOUCHSAFE UNKNOWN - "soon" is not a duration/);
    writeFileSync(fixture.config, "databases: {}\n");
    const config = await check("--json");
    expect(config.code).toBe(3);
    expect(JSON.parse(config.stdout)).toMatchObject({
      status: "UNKNOWN",
      error: { code: "config.invalid" },
    });
  });

  test("--max-age alone is refused", async () => {
    expect((await fixture.agent("status", "--max-age", "1h")).code).toBe(2);
  });
});

describe("metrics", () => {
  const folder = () => join(fixture.dir, "textfiles");
  const file = () => join(folder(), "vouchsafe.prom");
  const samples = () => parsePrometheusText(readFileSync(file(), "utf8"));
  const value = (name: string) =>
    samples().find((sample) => sample.name === `vouchsafe_${name}`)?.value;

  test("are written after each run, readable by all, and nothing else stays there", async () => {
    mkdirSync(folder());
    fixture.configure(`metrics: { textfile: ${file()} }`);
    await fixture.agent("update", "--now", "--plan");
    expect(existsSync(file())).toBe(false);
    await fixture.agent("update", "--now");
    expect(value("database_release_version")).toBe(1);
    const first = value("database_received_bytes_total") ?? 0;
    expect(first).toBeGreaterThan(0);
    expect(statSync(file()).mode & 0o777).toBe(0o644);
    fixture.publisher.release("daily", { "a.txt": "two\n" }, { label: 'two "2"' });
    await fixture.publisher.publish();
    await fixture.agent("update", "--now");
    expect(value("database_release_version")).toBe(2);
    expect(value("database_received_bytes_total")).toBeGreaterThan(first);
    expect(samples()).toContainEqual({
      name: "vouchsafe_database_release_info",
      labels: { database: "daily", label: 'two "2"' },
      value: 1,
    });
    expect(readdirSync(folder())).toEqual(["vouchsafe.prom"]);
  });

  test("that cannot be written are a warning, and the update is done", async () => {
    fixture.configure(`metrics: { textfile: ${file()} }`);
    const { code, stdout, stderr } = await fixture.agent("update", "--now");
    expect(code).toBe(0);
    expect(stdout).toContain("daily: installed first");
    expect(stderr).toContain("the metrics are not written");
  });

  test("are written for a run that failed too", async () => {
    mkdirSync(folder());
    fixture.configure(`metrics: { textfile: ${file()} }`);
    await fixture.agent("update", "--now");
    const good = value("last_success_timestamp_seconds") ?? 0;
    fixture.server.misbehave(/./, { kind: "status", status: 404 });
    await fixture.agent("update", "--now");
    expect(value("last_success_timestamp_seconds")).toBe(good);
    expect(value("last_check_timestamp_seconds")).toBeGreaterThan(good);
    expect(samples()).toContainEqual({
      name: "vouchsafe_database_last_result",
      labels: { database: "daily", result: "failed" },
      value: 1,
    });
  });

  test("a file of another name is refused, for node_exporter would not read it", async () => {
    fixture.configure(`metrics: { textfile: ${join(folder(), "vouchsafe.txt")} }`);
    const { code, stderr } = await fixture.agent("config", "check");
    expect(code).toBe(2);
    expect(stderr).toContain('must end in ".prom"');
  });
});
