/** A download that takes long: the console is told all the same. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { PassThrough, Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { agentProgram } from "../../../agent/cli/program.ts";
import { main } from "../../../host/cli/main.ts";
import { systemClock } from "../../../host/clock.ts";
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

async function enroll(): Promise<void> {
  const tokenFile = join(fixture.dir, "token");
  writeFileSync(tokenFile, `${await fleet.token()}\n`, { mode: 0o600 });
  const args = ["enroll", "--token-file", tokenFile, "--console", fleet.origin()];
  expect((await fixture.agent(...args)).code).toBe(0);
}

async function lastReport(): Promise<string> {
  const response = await fetch(`${fleet.origin()}/v1/agents`);
  return response.text();
}

test("while a download hangs, the console hears of the machine at its interval", async () => {
  await enroll();
  const unheard = await lastReport();
  fixture.server.misbehave(/a\.txt/, { kind: "stalled", after: 1 });
  const waits: number[] = [];
  const over = new AbortController();
  const running = main(agentProgram, ["update", "--now", "--config", fixture.config], {
    stdin: Readable.from([]),
    stdout: new PassThrough().resume(),
    stderr: new PassThrough().resume(),
    stderrIsTerminal: false,
    env: process.env,
    signal: over.signal,
    clock: {
      ...systemClock,
      // Only check-ins wait for a minute and more: they come at once, as if that time had passed.
      sleep: (ms, signal) => {
        if (ms < 60_000) return systemClock.sleep(ms, signal);
        waits.push(ms);
        return systemClock.sleep(20, signal);
      },
    },
  });
  const patience = { timeout: 60_000 };
  await expect.poll(() => fixture.server.requests.join(), patience).toContain("a.txt");
  // Between two waits a whole report is sent and answered.
  const begun = waits.length;
  await expect.poll(() => waits.length, patience).toBeGreaterThanOrEqual(begun + 2);
  expect(waits[0]).toBe(15 * 60_000);
  const heard = await lastReport();
  expect(heard).not.toBe(unheard);
  expect(heard).not.toContain('"label":"first"');
  over.abort(new Error("the test is over"));
  expect(await running).not.toBe(0);
});
