import { describe, expect, test } from "vitest";
import { memoryFetcher } from "../../testkit/memory-fetcher.ts";
import { codeOf, day, trustFixture } from "../../testkit/trust-fixture.ts";

const at = trustFixture();

describe("a clock set to 1970", () => {
  test("is refused by what the program knows to have passed, and heals", async () => {
    const right = at.now;
    const proven = { at: right - 30 * day, because: "this program was built" };
    at.now = 0;
    await expect((await at.open({ proven })).refresh()).rejects.toThrow(codeOf("clock.behind"));
    at.now = right;
    expect(await (await at.open({ proven })).refresh()).toEqual({ changed: true });
  });

  test("is refused by the date of a release, which its signers vouch for, and heals", async () => {
    const right = at.now;
    at.now = 0;
    await expect(at.check()).rejects.toThrow(codeOf("clock.behind"));
    at.now = right;
    expect((await at.check()).release.version).toBe(1);
  });

  test("does not make expired metadata fresh that was accepted before", async () => {
    await at.check();
    const right = at.now;
    at.now = 0;
    await expect(at.check()).rejects.toThrow(codeOf("clock.behind"));
    at.now = right + 4 * day;
    await expect(at.check()).rejects.toThrow(codeOf("trust.freeze"));
  });
});

describe("a clock a year ahead", () => {
  test("is named as the cause when the server's clock says so, and heals", async () => {
    const right = at.now;
    await at.check();
    at.fetcher = memoryFetcher(at.publisher.files, () => right);
    at.now = right + 365 * day;
    await expect(at.check()).rejects.toThrow(codeOf("clock.ahead"));
    at.now = right;
    expect((await at.check()).release.version).toBe(1);
  });

  test("is refused as expired when no server tells the time", async () => {
    at.now += 364 * day;
    await expect(at.check()).rejects.toThrow(codeOf("trust.expired"));
  });

  test("a lying server changes the name of the refusal, never the refusal", async () => {
    at.now += 10 * day;
    const lie = at.now - 9 * day;
    at.fetcher = memoryFetcher(at.publisher.files, () => lie);
    await expect(at.check()).rejects.toThrow(expect.objectContaining({ class: "trust" }));
  });
});
