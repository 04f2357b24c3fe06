import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AgentFixture, agentFixture } from "../../testkit/agent-fixture.ts";

let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(() => fixture.remove());

const patient = { timeout: 20_000, interval: 50 };
const history = () => join(fixture.state, "history.ndjson");

async function release(content: string, label: string): Promise<void> {
  fixture.publisher.release("daily", { "a.txt": content }, { label });
  await fixture.publisher.publish();
}

describe("hold and unhold", () => {
  test("hold, be told why, release, move on", async () => {
    await fixture.agent("update", "--now");
    const held = await fixture.agent("hold", "daily", "--reason", "an\naudit", "--for", "24h");
    expect(held).toMatchObject({ code: 0, stderr: "" });
    expect(held.stdout).toMatch(/^daily: held until \d{4}-.*Z: an audit\n$/);
    await release("two\n", "second");
    const update = await fixture.agent("update", "--now", "--force", "--json");
    expect(update.code).toBe(8);
    expect(JSON.parse(update.stdout)).toMatchObject({
      result: "held",
      error: { code: "policy.held" },
      databases: [{ plan: { reasons: [{ rule: "hold", code: "policy.held" }] } }],
    });
    const status = await fixture.agent("status");
    expect(status.stdout).toMatch(/held until \d{4}-.*Z: an audit/);
    expect((await fixture.agent("unhold", "daily")).stdout).toBe("daily is released.\n");
    expect((await fixture.agent("unhold", "daily")).stdout).toBe("daily was not held.\n");
    expect((await fixture.agent("update", "--now")).code).toBe(0);
    expect((await fixture.agent("history")).stdout).toMatch(/held .*an audit\n.*released/);
  });

  test.each([
    [["hold", "daily"], "--reason"],
    [["hold", "daily", "--reason", "\u200B"], "needs a reason"],
    [["hold", "daily", "--reason", "x", "--for", "1s"], "from 1m to 366d"],
    [["hold", "daily", "--reason", "x", "--for", "soon"], "is not a duration"],
    [["hold", "dialy", "--reason", "x"], 'Did you mean "daily"?'],
    [["unhold", "dialy"], 'Did you mean "daily"?'],
  ])("%j is refused with one sentence, and nothing is written", async (words, sentence) => {
    const { code, stdout, stderr } = await fixture.agent(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence);
    expect(existsSync(history())).toBe(false);
  });
});

describe("update without --now", () => {
  test("outside the window looks, and says when it opens, with exit code 8", async () => {
    const hour = (new Date().getUTCHours() + 5) % 24;
    const hh = String(hour).padStart(2, "0");
    fixture.configure(`schedule: {jitter: 0, window: {from: "${hh}:00", to: "${hh}:30"}}`);
    const plan = await fixture.agent("update", "--plan", "--json");
    expect(plan.code).toBe(8);
    expect(JSON.parse(plan.stdout)).toMatchObject({
      databases: [{ result: "held", plan: { reasons: [{ rule: "window" }] } }],
    });
    const told = await fixture.agent("update", "--plan");
    expect(told.stderr).toMatch(/daily: held at nothing: .* outside the maintenance window, which/);
    expect((await fixture.agent("update", "--now")).code).toBe(0);
  });
});

describe("history --verify", () => {
  test("is satisfied with a history that nobody touched, by the key on this machine", async () => {
    await fixture.agent("update", "--now");
    await release("two\n", "second");
    await fixture.agent("update", "--now");
    const { code, stdout } = await fixture.agent("history", "--verify", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ result: "done", verified: { lines: 2, signed: 2 } });
  });

  test("names the line that somebody changed, with exit code 3", async () => {
    await fixture.agent("update", "--now");
    await fixture.agent("hold", "daily", "--reason", "audit");
    writeFileSync(history(), readFileSync(history(), "utf8").replace('"first"', '"worst"'));
    const { code, stderr } = await fixture.agent("history", "--verify");
    expect(code).toBe(3);
    expect(stderr).toContain("Line 1 of the history was changed.");
  });
});

describe("Ctrl-C in an update through the service", () => {
  test("detaches and says so; the update goes on", async () => {
    fixture.configure("schedule: {jitter: 1h}\nlog: {target: stderr}");
    const service = fixture.start("run");
    await expect.poll(() => service.stderr(), patient).toContain("service started");
    // Digits that compress to several hundred bytes: the download takes seconds.
    await release(Array.from({ length: 100 }, (_, at) => at ** 5 * 7919).join("\n"), "large");
    fixture.server.misbehave(/^targets\//, { kind: "slow", bytes: 20, pauseMs: 100 });
    const client = fixture.start("update", "--now");
    await expect.poll(() => service.stderr(), patient).toContain("update started");
    client.child.kill("SIGINT");
    const { code, stdout, stderr } = await client.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("Detached from the service, in which the update goes on.");
    expect(stderr).toContain("`agent status` shows how it ended");
    const current = join(fixture.state, "databases/daily/current/a.txt");
    expect(existsSync(current)).toBe(false);
    await expect.poll(() => existsSync(current), patient).toBe(true);
    await expect.poll(() => service.stderr(), patient).toContain("update ended");
  });
});
