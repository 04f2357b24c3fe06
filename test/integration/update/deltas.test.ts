import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { limits, maxInflated } from "../../../protocol/delta/limits.ts";
import { targetLocation } from "../../../protocol/release/encodings.ts";
import { databasePairs, noise } from "../../testkit/database-pairs.ts";
import { deltaHead, integer } from "../../testkit/delta-builder.ts";
import { deflated, publishWithDeltas } from "../../testkit/delta-release.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { memoryRepository } from "../../testkit/memory-repository.ts";
import { zstdBomb } from "../../testkit/zstd-bomb.ts";

let engine: EngineFixture;
const [old, next] = databasePairs["text"]?.() ?? [Buffer.alloc(0), Buffer.alloc(0)];
const before = { "main.ndb": old, "same.txt": Buffer.from("same") };
const after = { "main.ndb": next, "same.txt": Buffer.from("same") };

beforeEach(async () => {
  engine = await engineFixture();
  await engine.publish(before);
  expect((await engine.updateDaily()).result).toBe("updated");
});
afterEach(() => engine.remove());

const current = (path: string): string => join(engine.state, "databases/daily/current", path);
const isNext = (): boolean => readFileSync(current("main.ndb")).equals(next);

/** What was downloaded, by its ending. */
function downloadsOf(repository: { readonly downloads: readonly string[] }): readonly string[] {
  return repository.downloads.map((path) => /(\.vcdiff\.zst|\.zst|)$/.exec(path)?.[1] || "whole");
}

test("what changed comes as a delta, what did not is kept", async () => {
  const [location = ""] = await publishWithDeltas(engine.publisher, "daily", before, after);
  const repository = memoryRepository(engine.publisher.files);
  const outcome = await engine.updateDaily({ repository });
  expect(outcome.result).toBe("updated");
  expect(isNext()).toBe(true);
  expect(repository.downloads).toEqual([location]);
  expect(outcome.bytes).toBe(engine.publisher.files.get(location)?.length);
  expect(outcome.bytes).toBeLessThan(next.length / 50);
  expect(outcome.plan.fetch).toEqual({ files: 1, bytes: outcome.bytes });
  expect(lstatSync(current("main.ndb")).mode & 0o777).toBe(0o444);
  expect(outcome.notes).toBeUndefined();
});

test("a delta that costs more than the compressed file is not taken", async () => {
  const padded = (delta: Buffer): Buffer => Buffer.concat([deflated(delta), Buffer.alloc(600_000)]);
  await publishWithDeltas(engine.publisher, "daily", before, after, padded);
  const repository = memoryRepository(engine.publisher.files);
  expect((await engine.updateDaily({ repository })).result).toBe("updated");
  expect(downloadsOf(repository)).toEqual([".zst"]);
});

describe("a delta that is of no use costs another download, and is told of:", () => {
  const head = Buffer.from([...deltaHead, 0, ...integer(limits.windowEncoding)]);
  const flipped = (bytes: Buffer): Buffer => {
    const changed = Buffer.from(bytes);
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 0xff;
    return changed;
  };
  const cases: readonly [string, (delta: Buffer) => Buffer, string][] = [
    ["damaged zstd", (delta) => flipped(deflated(delta)), "is no sound zstd|does not|The delta"],
    ["a sound delta of something else", (delta) => deflated(flipped(delta)), "hash|The delta"],
    ["one that is cut off", (delta) => deflated(delta.subarray(0, -9)), "is cut off"],
    ["no delta at all", () => deflated(Buffer.from("hello")), "is no VCDIFF"],
  ];

  test.each(cases)("%s", async (_, encode, note) => {
    const locations = await publishWithDeltas(engine.publisher, "daily", before, after, encode);
    const repository = memoryRepository(engine.publisher.files);
    const outcome = await engine.updateDaily({ repository });
    expect(outcome.result).toBe("updated");
    expect(isNext()).toBe(true);
    expect(repository.downloads).toEqual([locations[0], expect.stringMatching(/[^f]\.zst$/)]);
    expect(outcome.notes).toEqual([
      expect.stringMatching(new RegExp(`^The delta of main.ndb was of no use: .*(${note})`)),
    ]);
    expect(engine.leftovers()).toEqual([]);
  });

  test("a bomb of 10 GiB, which is left as soon as it is over the bound", async () => {
    const large = { "main.ndb": noise("large", 600_000) };
    const bomb = zstdBomb(head, 10 * 2 ** 30);
    await publishWithDeltas(engine.publisher, "daily", before, large, () => bomb);
    const outcome = await engine.updateDaily();
    expect(outcome.result).toBe("updated");
    const bound = maxInflated(600_000);
    expect(outcome.notes).toEqual([
      `The delta of main.ndb was of no use: The delta inflates to more than ${bound} bytes.`,
    ]);
    expect(outcome.bytes).toBeLessThan(600_000 + 262_144);
  });

  test("one that is not there", async () => {
    const [location = ""] = await publishWithDeltas(engine.publisher, "daily", before, after);
    engine.publisher.files.delete(location);
    const outcome = await engine.updateDaily();
    expect(outcome.result).toBe("updated");
    expect(outcome.notes).toEqual([expect.stringContaining("There is no")]);
    expect(isNext()).toBe(true);
  });

  test("when the compressed file is bad as well, the whole one comes", async () => {
    const locations = await publishWithDeltas(engine.publisher, "daily", before, after, () => head);
    const whole = targetLocation("daily/main.ndb", sha256(next));
    engine.publisher.files.set(`${whole}.zst`, Buffer.from("nothing"));
    const repository = memoryRepository(engine.publisher.files);
    const outcome = await engine.updateDaily({ repository });
    expect(outcome.result).toBe("updated");
    expect(repository.downloads).toEqual([locations[0], `${whole}.zst`, whole]);
    expect(outcome.notes).toHaveLength(2);
  });

  test("when the whole file is bad too, the update is refused and the old one kept", async () => {
    await publishWithDeltas(engine.publisher, "daily", before, after, () => head);
    const whole = targetLocation("daily/main.ndb", sha256(next));
    for (const path of [whole, `${whole}.zst`]) engine.publisher.files.set(path, Buffer.from("x"));
    const outcome = await engine.updateDaily();
    expect(outcome).toMatchObject({ result: "refused", error: { code: "trust.mismatch" } });
    expect(readFileSync(current("main.ndb")).equals(old)).toBe(true);
    expect(engine.leftovers()).toEqual([]);
  });
});

describe("an old file that is not what was installed", () => {
  /** Changes the installed file so that a look at it shows nothing. */
  function change(content: Buffer): void {
    const path = current("main.ndb");
    const times = join(engine.state, "times"); // touch copies times to the nanosecond
    execFileSync("touch", ["-r", path, times]);
    chmodSync(path, 0o600);
    writeFileSync(path, content);
    chmodSync(path, 0o444);
    execFileSync("touch", ["-r", times, path]);
  }

  test("is named, and another encoding comes", async () => {
    const changed = Buffer.from(old);
    changed.fill("x", 1000, 300_000);
    change(changed);
    await publishWithDeltas(engine.publisher, "daily", before, after);
    const outcome = await engine.updateDaily();
    expect(outcome.result).toBe("updated");
    expect(isNext()).toBe(true);
    expect(outcome.notes).toEqual([
      "The delta of main.ndb was of no use: The installed main.ndb is not what was installed.",
    ]);
  });

  test("that looks changed is not planned with", async () => {
    chmodSync(current("main.ndb"), 0o600);
    writeFileSync(current("main.ndb"), "shorter");
    await publishWithDeltas(engine.publisher, "daily", before, after);
    const repository = memoryRepository(engine.publisher.files);
    expect((await engine.updateDaily({ repository })).result).toBe("updated");
    expect(downloadsOf(repository)).toEqual([".zst"]);
    expect(isNext()).toBe(true);
  });
});

test("where there are no deltas to be had, as in a bundle, none is asked for", async () => {
  await publishWithDeltas(engine.publisher, "daily", before, after);
  const repository = memoryRepository(engine.publisher.files);
  const outcome = await engine.updateDaily({
    repository: { ...repository, withoutDeltas: true },
  });
  expect(outcome.notes).toBeUndefined();
  expect(downloadsOf(repository)).toEqual([".zst"]);
});
