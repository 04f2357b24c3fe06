import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AgentFixture, agentFixture } from "../../testkit/agent-fixture.ts";

let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(() => fixture.remove());

const current = (file = "a.txt") => join(fixture.state, "databases/daily/current", file);
const json = (text: string): unknown => JSON.parse(text);

async function publish(content: string, label: string): Promise<void> {
  fixture.publisher.release("daily", { "a.txt": content }, { label });
  await fixture.publisher.publish();
}

describe("update --now", () => {
  test("installs, and prints one JSON document", async () => {
    const { code, stdout, stderr } = await fixture.agent("update", "--now", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(json(stdout)).toMatchObject({
      result: "updated",
      databases: [
        { name: "daily", result: "updated", from: null, to: { version: 1, label: "first" } },
      ],
    });
    expect(readFileSync(current(), "utf8")).toBe("one\n");
  });

  test("says in one line what happened, and then that nothing is to be done", async () => {
    const first = await fixture.agent("update", "--now");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toMatch(/^daily: installed first \(.* in .*\)\n$/);
    const again = await fixture.agent("update", "--now");
    expect(again).toEqual({ code: 0, stdout: "daily: current at first\n", stderr: "" });
    await publish("two\n", "second");
    const next = await fixture.agent("update", "--now");
    expect(next.stdout).toMatch(/^daily: updated first → second \(/);
  });

  test("a plan changes nothing on the disk", async () => {
    const { code, stdout } = await fixture.agent("update", "--now", "--plan", "--json");
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({
      result: "planned",
      databases: [{ name: "daily", result: "planned", plan: { action: "install" } }],
    });
    expect(existsSync(current())).toBe(false);
  });

  test("forged bytes end with exit code 3, advice, and the old generation", async () => {
    await fixture.agent("update", "--now");
    await publish("two\n", "second");
    fixture.server.misbehave(/^targets\//, { kind: "wrong-bytes" });
    const { code, stdout, stderr } = await fixture.agent("update", "--now");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/^daily: refused, stays at first: .* \[trust\.mismatch\]$/m);
    expect(stderr).toMatch(/^ {2}what to do: /m);
    expect(readFileSync(current(), "utf8")).toBe("one\n");
  });

  test("a repository that cannot be reached ends with exit code 4", async () => {
    await fixture.server.close();
    const { code, stdout } = await fixture.agent("update", "--now", "--json");
    expect(code).toBe(4);
    expect(json(stdout)).toMatchObject({
      result: "failed",
      error: { code: "transfer.unreachable", class: "retryable" },
    });
  });

  test("a bootstrap root that is missing is a matter of trust, and says so", async () => {
    fixture.configure(`log: {level: info}`);
    writeFileSync(
      fixture.config,
      readFileSync(fixture.config, "utf8").replace("root.json", "other.json"),
    );
    const { code, stdout } = await fixture.agent("update", "--now", "--json");
    expect(code).toBe(3);
    expect(json(stdout)).toMatchObject({ result: "refused", error: { code: "trust.root" } });
  });

  test("an unknown database names the nearest and changes nothing", async () => {
    const { code, stdout } = await fixture.agent("update", "--now", "dayly", "--json");
    expect(code).toBe(2);
    expect(json(stdout)).toMatchObject({
      result: "failed",
      databases: [],
      error: {
        code: "state.missing",
        message: 'No database "dayly" is configured. Did you mean "daily"?',
      },
    });
    expect(existsSync(fixture.state)).toBe(false);
  });

  test("without --now a call waits its jitter, which SIGTERM ends with 143", async () => {
    fixture.configure("schedule: {jitter: 1h}");
    const running = fixture.start("update");
    await expect.poll(() => running.stderr(), { timeout: 10_000 }).toMatch(/Checking in .*--now/);
    running.child.kill("SIGTERM");
    const { code } = await running.ended;
    expect(code).toBe(143);
    expect(fixture.server.requests).toEqual([]);
  });

  test("a plan needs no jitter", async () => {
    fixture.configure("schedule: {jitter: 1h}");
    expect((await fixture.agent("update", "--plan")).code).toBe(0);
  });
});

describe("status, verify, rollback, history", () => {
  test("status before and after an update", async () => {
    const before = await fixture.agent("status");
    expect(before.code).toBe(0);
    expect(before.stdout).toMatch(/^daily +- +never +never +- +not installed yet$/m);
    expect(before.stdout).toContain("service: not running");
    await fixture.agent("update", "--now");
    const after = await fixture.agent("status", "--json");
    expect(json(after.stdout)).toMatchObject({
      result: "done",
      lastResult: "updated",
      service: { running: false },
      databases: [{ name: "daily", release: { version: 1, label: "first" } }],
    });
  });

  test("status asks no server", async () => {
    await fixture.agent("status");
    expect(fixture.server.requests).toEqual([]);
  });

  test("verify finds a changed byte: exit code 3, and the next update repairs it", async () => {
    await fixture.agent("update", "--now");
    expect((await fixture.agent("verify")).stdout).toMatch(/^daily first: intact, 1 files/);
    const path = current();
    const { mode } = statSync(path);
    const { chmodSync } = await import("node:fs");
    chmodSync(path, 0o600);
    writeFileSync(path, "onE\n");
    chmodSync(path, mode);
    const found = await fixture.agent("verify");
    expect(found.code).toBe(3);
    expect(found.stdout).toMatch(/^daily first: TAMPERED\n {2}a\.txt: /);
    expect(found.stderr).toContain("what to do:");
    const repaired = await fixture.agent("update", "--now");
    expect(repaired.stdout).toMatch(/^daily: repaired first/);
    expect(readFileSync(current(), "utf8")).toBe("one\n");
    expect((await fixture.agent("verify", "--json")).code).toBe(0);
  });

  test("rollback goes back, quarantines what it leaves, and history tells", async () => {
    await fixture.agent("update", "--now");
    await publish("two\n", "second");
    await fixture.agent("update", "--now");
    const back = await fixture.agent("rollback", "daily");
    expect(back).toMatchObject({ code: 0, stderr: "" });
    expect(back.stdout).toContain("daily: rolled back to first; second is quarantined");
    expect(readFileSync(current(), "utf8")).toBe("one\n");
    const held = await fixture.agent("update", "--now", "--json");
    expect(held.code).toBe(8);
    expect(json(held.stdout)).toMatchObject({
      result: "held",
      error: { code: "policy.quarantined" },
    });
    const history = await fixture.agent("history", "--json");
    expect(json(history.stdout)).toMatchObject({
      events: [{ kind: "installed" }, { kind: "installed" }, { kind: "rolled-back" }],
    });
    expect((await fixture.agent("history")).stdout).toMatch(/rolled-back +second → first/);
  });

  test("a rollback to nothing that is here ends with 2 and changes nothing", async () => {
    await fixture.agent("update", "--now");
    const { code, stderr } = await fixture.agent("rollback", "daily", "--to", "77");
    expect(code).toBe(2);
    expect(stderr).toContain("77");
    expect(readFileSync(current(), "utf8")).toBe("one\n");
  });
});
