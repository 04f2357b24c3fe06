/** The attack that `repository.originWithin` is for: a relay that shows an old, unexpired timestamp. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { MisbehavingServer } from "../../testkit/misbehaving-server.ts";
import { notesOf } from "../../testkit/relay-fixture.ts";
import { relayPair } from "../../testkit/relay-pair.ts";

const hour = 3_600_000;
const pair = relayPair();

describe("a relay that holds the fleet at an old release", () => {
  let frozen: MisbehavingServer;
  let now: Date;
  const choice = () => ({
    origins: [pair.origin.url],
    relays: [frozen.url],
    originWithinMs: 6 * hour,
  });
  const check = () => pair.second.update(choice(), () => now);

  beforeEach(async () => {
    now = new Date();
    frozen = await pair.another();
    expect((await check()).result).toBe("updated");
    frozen.freeze();
    await pair.first.publish({ "main.txt": "two" });
    pair.asked();
  });

  test("succeeds no longer than originWithin", async () => {
    for (const later of [1, 2, 3, 4, 5]) {
      now = new Date(Date.now() + later * hour);
      expect((await check()).result).toBe("current");
      expect(pair.asked()).toEqual([]);
    }
    now = new Date(Date.now() + 6 * hour + 60_000);
    expect((await check()).result).toBe("updated");
    expect(pair.installed()).toBe("two");
    expect(pair.asked()[0]).toBe("metadata/timestamp.json");
  });

  test("does not count while the origin says that nothing is new", async () => {
    now = new Date(Date.now() + 6 * hour + 60_000);
    await check();
    expect(pair.installed()).toBe("two");
    for (const later of [13, 20, 27]) {
      now = new Date(Date.now() + later * hour);
      pair.asked();
      const outcome = await check();
      expect([outcome.result, notesOf(outcome)]).toEqual(["current", []]);
      expect(pair.asked()).toEqual(["metadata/timestamp.json"]);
      expect(pair.origin.headers.at(-1)?.["if-none-match"]).toBeDefined();
    }
  });

  test("is told when it can keep the origin away, and again when it cannot", async () => {
    pair.origin.misbehave(/./, { kind: "status", status: 503 });
    now = new Date(Date.now() + 7 * hour);
    const blind = await check();
    expect([blind.result, pair.installed()]).toEqual(["current", "one".repeat(1000)]);
    expect(notesOf(blind).join()).toContain("a relay could hold new releases back");
    now = new Date(Date.now() + 8 * hour);
    expect(notesOf(await check())).toEqual([]);
    pair.origin.behave();
    now = new Date(Date.now() + 9 * hour);
    const seeing = await check();
    expect([seeing.result, pair.installed()]).toEqual(["updated", "two"]);
    expect(notesOf(seeing).join()).toContain("answers for the timestamp again");
  });

  test("is no better off when the origin's answer is a page, or refused", async () => {
    const answers = [Buffer.from("<html>log in</html>"), Buffer.from("{}")];
    for (const bytes of answers) {
      pair.origin.behave();
      pair.origin.misbehave(/timestamp/, { kind: "instead", bytes });
      now = new Date(now.getTime() + 7 * hour);
      await check();
      const memory = readFileSync(join(pair.second.engine.state, "mirrors.json"), "utf8");
      expect(JSON.parse(memory)).toMatchObject({ origin: { missed: true } });
    }
  });

  test("gains nothing from a clock that was ahead when the origin answered", async () => {
    const file = join(pair.second.engine.state, "mirrors.json");
    const memory: unknown = JSON.parse(readFileSync(file, "utf8"));
    const ahead = { ...Object(memory), origin: { answeredAt: Date.now() + 1000 * hour } };
    writeFileSync(file, JSON.stringify(ahead));
    expect((await check()).result).toBe("updated");
  });
});
