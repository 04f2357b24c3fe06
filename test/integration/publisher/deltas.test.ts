import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { deltaLocation, zstLocation } from "../../../protocol/release/encodings.ts";
import { propose } from "../../../publisher/proposal/propose.ts";
import { databasePairs, noise } from "../../testkit/database-pairs.ts";
import { applied } from "../../testkit/delta-work.ts";
import { clientView } from "./client-view.ts";
import { codeOf, type Files, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const [old, next] = databasePairs["text"]?.() ?? [Buffer.alloc(0), Buffer.alloc(0)];

const served = (...names: string[]): string => shop.path("p", "repository", ...names);
const deltasServed = (database = "daily"): string[] =>
  readdirSync(served("targets", database)).filter((name) => name.endsWith(".vcdiff.zst"));

/** Changes a few bytes in the middle. */
function edited(bytes: Buffer, mark: string): Buffer {
  const copy = Buffer.from(bytes);
  copy.write(mark, copy.length >> 1);
  return copy;
}

/** Approves and publishes the open proposal. */
async function finish(database = "daily"): Promise<void> {
  await shop.approve("alice", database);
  await shop.approve("bob", database);
  await shop.publish();
}

const made = ({ made: list }: Awaited<ReturnType<typeof shop.propose>>) =>
  list.map(({ path, encoding, from }) => [path, encoding, from]);

describe("deltas", () => {
  test("lead from the last release to the new one, signed by length, and make its file", async () => {
    await shop.addDatabase();
    await shop.release({ "main.ndb": old, "same.ndb": noise("same", 9000) });
    const proposed = await shop.propose({ "main.ndb": next, "same.ndb": noise("same", 9000) });
    expect(made(proposed)).toEqual([
      ["main.ndb", "zstd", undefined],
      ["main.ndb", "delta", 1],
    ]);
    await finish();
    const location = deltaLocation("daily/main.ndb", sha256(next), sha256(old));
    const bytes = readFileSync(served(location));
    expect(bytes.length).toBe(proposed.made[1]?.bytes);
    expect(bytes.length).toBeLessThan(next.length / 50);
    const delta = zstdDecompressSync(bytes);
    expect((await applied(old, delta, next.length)).equals(next)).toBe(true);
    const role = readFileSync(served("metadata", "2.daily.json"), "utf8");
    expect(role).toContain(`"deltas":{"${sha256(old).slice(0, 16)}":${bytes.length}}`);
    expect(clientView(served(), shop.now).databases["daily"]?.version).toBe(2);
  });

  test("lead from the last releases, 8 by default, and what does not change keeps those it has", async () => {
    await shop.addDatabase();
    const publisher = JSON.parse(readFileSync(shop.path("p", "publisher.json"), "utf8"));
    expect(publisher.deltaReleases).toBe(8);
    writeFileSync(
      shop.path("p", "publisher.json"),
      JSON.stringify({ ...publisher, deltaReleases: 3 }),
    );
    for (let release = 1; release <= 5; release += 1) {
      await shop.release({ "main.ndb": edited(old, `edit ${release}`), "x.txt": `${release}` });
    }
    const last = deltasServed().filter((name) => name.startsWith(sha256(edited(old, "edit 5"))));
    expect(last).toHaveLength(3);
    const proposed = await shop.propose({ "main.ndb": edited(old, "edit 5"), "x.txt": "more" });
    expect(made(proposed)).toEqual([]);
    const role = readFileSync(shop.path("p", "proposals", "daily", "role.json"), "utf8");
    expect(/"deltas":\{([^}]*)\}/.exec(role)?.[1]?.split(",")).toHaveLength(3);
  });

  test("that are published are used again when a release goes back and forth", async () => {
    await shop.addDatabase();
    for (const content of [old, next, old]) await shop.release({ "main.ndb": content });
    const before = deltasServed();
    const proposed = await shop.propose({ "main.ndb": next });
    expect(made(proposed)).toEqual([]);
    await finish();
    expect(deltasServed()).toEqual(before);
  });

  test("are made by threads where there is much to do", async () => {
    await shop.addDatabase();
    const large = noise("large", 1_500_000);
    await shop.release({ "main.bin": large });
    expect(made(await shop.propose({ "main.bin": edited(large, "new") }))).toEqual([
      ["main.bin", "delta", 1],
    ]);
    await finish();
    expect(deltasServed()).toHaveLength(1);
  });

  test("are left out where they would be larger than half of the best encoding", async () => {
    await shop.addDatabase();
    const half = Buffer.concat([noise("a", 40_000), noise("b", 40_000)]);
    await shop.release({ "new.bin": noise("one", 90_000), "half.bin": half, "small.txt": "one" });
    const proposed = await shop.propose({
      "new.bin": noise("two", 90_000),
      "half.bin": Buffer.concat([noise("a", 38_000), noise("c", 42_000)]),
      "small.txt": "two",
    });
    expect(made(proposed)).toEqual([]);
  });

  test("of a database with bins lead from what the bins had", async () => {
    await shop.addDatabase("daily", 0, { count: 4, style: "path_hash_prefixes" });
    const files: Record<string, Buffer> = {};
    for (let index = 0; index < 12; index += 1) files[`f${index}.bin`] = noise(`${index}`, 9000);
    await shop.release(files);
    const second = { ...files, "f3.bin": edited(files["f3.bin"] ?? old, "second") };
    await shop.release(second);
    const proposed = await shop.propose({ ...second, "f3.bin": edited(second["f3.bin"], "third") });
    expect(made(proposed)).toEqual([
      ["f3.bin", "delta", 2],
      ["f3.bin", "delta", 1],
    ]);
    await finish();
    expect(deltasServed()).toHaveLength(3);
  });

  test("that were changed after they were proposed are refused", async () => {
    await shop.addDatabase();
    await shop.release({ "main.ndb": old });
    await shop.propose({ "main.ndb": next });
    const dir = shop.path("p", "proposals", "daily", "targets", "daily");
    const delta = join(dir, readdirSync(dir).find((name) => name.endsWith(".vcdiff.zst")) ?? "");
    const bytes = readFileSync(delta);
    for (const place of [9, bytes.length >> 1]) {
      const changed = Buffer.from(bytes);
      changed[place] = (changed[place] ?? 0) ^ 1;
      writeFileSync(delta, changed);
      await expect(shop.approve("alice")).rejects.toEqual(codeOf("proposal.changed"));
    }
    writeFileSync(delta, bytes.subarray(1));
    await expect(shop.approve("alice")).rejects.toEqual(codeOf("proposal.changed"));
  });
});

describe("an urgent release", () => {
  const urgently = async (files: Files) => {
    const sourceDir = shop.write(shop.path("source"), files);
    return propose(await shop.open(), { database: "daily", sourceDir, urgent: true });
  };

  test("is compressed quickly, and again and better at the next release", async () => {
    await shop.addDatabase();
    await urgently({ "main.ndb": next, "x.txt": "one" });
    await finish();
    const path = served(zstLocation("daily/main.ndb", sha256(next)));
    const quick = readFileSync(path).length;
    expect(made(await shop.propose({ "main.ndb": next, "x.txt": "two" }))).toEqual([
      ["main.ndb", "zstd", undefined],
    ]);
    await finish();
    const better = readFileSync(path).length;
    expect(better).toBeLessThan(quick);
    expect(readFileSync(served("metadata", "2.daily.json"), "utf8")).toContain(`"zst":${better}`);
    expect(clientView(served(), shop.now).databases["daily"]?.version).toBe(2);
    expect(made(await shop.propose({ "main.ndb": next, "x.txt": "three" }))).toEqual([]);
  });

  test("after another leaves what is there as it is", async () => {
    await shop.addDatabase();
    await urgently({ "main.ndb": next, "x.txt": "one" });
    await finish();
    expect(made(await urgently({ "main.ndb": next, "x.txt": "two" }))).toEqual([]);
  });
});
