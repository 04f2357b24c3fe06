import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AgentFixture, agentFixture } from "../../testkit/agent-fixture.ts";
import { startTestConsole, type TestConsole } from "../../testkit/console-fixture.ts";

let fixture: AgentFixture;
let fleet: TestConsole;
beforeEach(async () => {
  fixture = await agentFixture();
  fleet = await startTestConsole();
});
afterEach(async () => {
  await fleet[Symbol.asyncDispose]();
  await fixture.remove();
});

async function enroll(...more: string[]) {
  const tokenFile = join(fixture.dir, "token");
  writeFileSync(tokenFile, `${await fleet.token()}\n`, { mode: 0o600 });
  return fixture.agent("enroll", "--token-file", tokenFile, ...more);
}

async function agents(): Promise<unknown> {
  const response = await fetch(`${fleet.origin()}/v1/agents`);
  return response.json();
}

describe("enrolled with a console", () => {
  test("an update is reported with what is installed and what happened", async () => {
    const enrolled = await enroll("--console", fleet.origin());
    expect(enrolled).toMatchObject({ code: 0, stderr: "" });
    expect(enrolled.stdout).toMatch(/^Enrolled with http:\/\/127\.0\.0\.1:\d+ as [0-9a-f]{32}\.$/m);
    expect((await fixture.agent("update", "--now")).stderr).toBe("");
    expect(JSON.stringify(await agents())).toMatch(/"label":"first"/);
  });

  test("a console that is down changes neither result nor exit code: there is a note", async () => {
    await enroll("--console", fleet.origin());
    const origin = fleet.origin();
    await fleet.restart();
    expect(fleet.origin()).not.toBe(origin);
    const { code, stdout, stderr } = await fixture.agent("update", "--now", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ result: "updated" });
    expect(stderr).toMatch(/warning: report failed/);
    const spool = readFileSync(join(fixture.state, "spool/events.ndjson"), "utf8");
    expect(spool).toContain('"kind":"installed"');
  });

  test("no report goes to a console that the configuration does not name", async () => {
    await enroll("--console", fleet.origin());
    fixture.configure("console: {url: https://console.example.com}");
    const { code, stderr } = await fixture.agent("update", "--now");
    expect(code).toBe(0);
    expect(stderr).toMatch(/names another console than the enrolment/);
    expect(JSON.stringify(await agents())).not.toContain("first");
  });

  test("a plan reports nothing", async () => {
    await enroll("--console", fleet.origin());
    await fixture.agent("update", "--now", "--plan");
    expect(existsSync(join(fixture.state, "spool"))).toBe(false);
  });

  test("the console's address may stand in the configuration", async () => {
    fixture.configure(`console: {url: "${fleet.origin()}"}`);
    expect((await enroll()).code).toBe(0);
  });
});

describe("enrolled by the configuration", () => {
  /** A configuration that names a token, and the path of that. */
  function invited(token: string): string {
    const tokenFile = join(fixture.dir, "token");
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
    fixture.configure(`console: {url: "${fleet.origin()}", tokenFile: "${tokenFile}"}`);
    return tokenFile;
  }

  test("the first update enrols, reports itself, and removes the token; the next only reports", async () => {
    const tokenFile = invited(await fleet.token());
    expect(await fixture.agent("update", "--now")).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.stringify(await agents())).toMatch(/"label":"first"/);
    expect(existsSync(tokenFile)).toBe(false);
    expect((await fixture.agent("config", "check")).code).toBe(0);
    expect(await fixture.agent("update", "--now")).toMatchObject({ code: 0, stderr: "" });
  });

  test("a console that is down undoes nothing, and the next update enrols", async () => {
    const tokenFile = invited(await fleet.token());
    await fleet.restart();
    const failed = await fixture.agent("update", "--now");
    expect(failed.code).toBe(0);
    expect(failed.stderr).toMatch(/warning: not enrolled yet/);
    fixture.configure(`console: {url: "${fleet.origin()}", tokenFile: "${tokenFile}"}`);
    expect(await fixture.agent("update", "--now")).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.stringify(await agents())).toMatch(/"label":"first"/);
  });

  test("a token that is none is never told", async () => {
    invited("not-a-token");
    const { code, stdout, stderr } = await fixture.agent("update", "--now", "--verbose");
    expect(code).toBe(0);
    expect(stderr).toMatch(/not enrolled yet/);
    expect(stdout + stderr).not.toContain("not-a-token");
  });

  test("a plan enrols nobody", async () => {
    const tokenFile = invited(await fleet.token());
    await fixture.agent("update", "--now", "--plan");
    expect(existsSync(tokenFile)).toBe(true);
  });
});

describe("not enrolled", () => {
  test("an update says nothing of a console", async () => {
    expect((await fixture.agent("update", "--now")).stderr).toBe("");
  });

  test.each([
    ["no console", [], /needs --console URL, or console\.url/],
    [
      "one without encryption",
      ["--console", "http://console.example.com"],
      /must be reached by https/,
    ],
  ])("%s: exit code 2, and the token is not spent", async (_name, args, told) => {
    const { code, stderr } = await enroll(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(told);
    expect(existsSync(join(fixture.state, "keys/console.json"))).toBe(false);
  });

  test("a token that cannot be read", async () => {
    const args = ["--console", fleet.origin(), "--token-file", join(fixture.dir, "none")];
    const { code, stderr } = await fixture.agent("enroll", ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Cannot read the token: the file .*none cannot be read/);
  });

  test("a token that is spent is refused by the console: exit code 4", async () => {
    const tokenFile = join(fixture.dir, "token");
    writeFileSync(tokenFile, await fleet.token());
    const enrolling = ["enroll", "--console", fleet.origin(), "--token-file", tokenFile];
    expect((await fixture.agent(...enrolling)).code).toBe(0);
    const other = await agentFixture();
    const { code, stderr } = await other.agent(...enrolling);
    await other.remove();
    expect({ code, told: /refuses/.test(stderr) }).toEqual({ code: 4, told: true });
  });
});
