import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runConsole } from "../../testkit/console-cli.ts";
import { startTestConsole } from "../../testkit/console-fixture.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "vouchsafe-console-"));
});
afterEach(() => rm(dir, { recursive: true }));

const runVerb = (...words: readonly string[]) => runConsole([...words, "--data", dir, "--json"]);

describe("the command line", () => {
  test.each([
    [["serve", "--listen", "0.0.0.0:0"], "--tls-cert"],
    [["serve", "--listen", "nonsense"], "HOST:PORT"],
    [["serve", "--behind-proxy"], "--public-url"],
    [["serve", "--tls-cert", "/nowhere"], "go together"],
    [["token", "new", "--expires", "99d"], "--expires"],
  ])("%j is refused with exit code 2", async (words, reason) => {
    const { code, out } = await runVerb(...words);
    expect(code).toBe(2);
    expect(out).toContain(reason);
  });

  test("an address that is taken is told in one sentence, with exit code 2", async () => {
    await using watched = await startTestConsole();
    const taken = new URL(watched.origin()).host;
    const { code, out } = await runVerb("serve", "--listen", taken);
    expect(code).toBe(2);
    expect(out).toContain(`Cannot listen on ${taken}`);
  });
});
