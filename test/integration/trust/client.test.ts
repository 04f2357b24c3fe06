import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { memoryFetcher } from "../../testkit/memory-fetcher.ts";
import { memoryPublisher, namedSigner } from "../../testkit/memory-publisher.ts";
import { codeOf, day, trustFixture } from "../../testkit/trust-fixture.ts";

const at = trustFixture();

describe("a check", () => {
  test("leads from the bootstrap root to the files of a release", async () => {
    const { changed, release } = await at.check();
    expect(changed).toBe(true);
    expect(release).toMatchObject({ database: "daily", version: 1, label: "first" });
    expect(release.files.map(({ path, length }) => [path, length])).toEqual([["main.txt", 3]]);
  });

  test("that finds nothing new costs one request", async () => {
    await at.check();
    at.fetcher.requests.length = 0;
    expect((await at.check()).changed).toBe(false);
    expect(at.fetcher.requests).toEqual(["metadata/timestamp.json"]);
  });

  test("that finds a new release fetches only what changed", async () => {
    await at.check();
    await at.publishNext("two");
    at.fetcher.requests.length = 0;
    const { changed, release } = await at.check();
    expect([changed, release.version]).toEqual([true, 2]);
    expect(at.fetcher.requests).toEqual([
      "metadata/timestamp.json",
      "metadata/2.root.json",
      "metadata/2.snapshot.json",
      "metadata/2.targets.json",
      "metadata/2.daily.json",
    ]);
  });

  test("follows a root whose keys were all rotated, step by step", async () => {
    await at.check();
    at.publisher.roles.root = { signers: [namedSigner("new root")], threshold: 1 };
    await at.publisher.rotateRoot();
    at.publisher.roles.timestamp = { signers: [namedSigner("new timestamp")], threshold: 1 };
    at.publisher.roles.snapshot = { signers: [namedSigner("new snapshot")], threshold: 1 };
    await at.publisher.rotateRoot();
    await at.publishNext("two");
    expect((await at.check()).release.version).toBe(2);
    expect((await at.open()).status().root.version).toBe(3);
  });

  test("saves nothing that was not accepted", async () => {
    at.publisher.files.set("metadata/1.daily.json", Buffer.from("{}"));
    const trust = await at.open();
    await trust.refresh();
    const before = await readdir(join(at.dir, "trust", "files"));
    await expect(trust.release("daily")).rejects.toThrow(codeOf("trust.mismatch"));
    expect(await readdir(join(at.dir, "trust", "files"))).toEqual(before);
  });
});

describe("refused:", () => {
  const refusedAs = async (code: string) => {
    await expect(at.check()).rejects.toThrow(codeOf(code));
  };

  test("a bootstrap root that is none", async () => {
    await expect(at.open({ bootstrapRoot: Buffer.from("{}") })).rejects.toThrow(
      codeOf("trust.root"),
    );
  });

  test("a repository of other keys", async () => {
    const other = await memoryPublisher(() => at.now, "mallory");
    other.addDatabase("daily");
    other.release("daily", { "main.txt": "evil" });
    await other.publish();
    at.fetcher = memoryFetcher(other.files);
    await refusedAs("trust.signature");
  });

  test.each(["timestamp.json", "1.snapshot.json", "1.targets.json", "1.daily.json"])(
    "one flipped byte in %s",
    async (name) => {
      const bytes = Buffer.from(at.publisher.files.get(`metadata/${name}`) ?? "");
      const middle = Math.floor(bytes.length / 2);
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      at.publisher.files.set(`metadata/${name}`, bytes);
      await expect(at.check()).rejects.toThrow(expect.objectContaining({ class: "trust" }));
    },
  );

  test("an older timestamp, though its signature is good", async () => {
    const old = at.publisher.files.get("metadata/timestamp.json") ?? Buffer.alloc(0);
    await at.publishNext("two");
    await at.check();
    at.publisher.files.set("metadata/timestamp.json", old);
    await refusedAs("trust.rollback");
  });

  test("a timestamp past its expiry", async () => {
    at.now += 4 * day;
    await refusedAs("trust.expired");
  });

  test("the same timestamp for ever", async () => {
    await at.check();
    at.now += 4 * day;
    await refusedAs("trust.freeze");
  });

  test("an expired root at the end of the walk", async () => {
    at.now += 366 * day;
    await at.publisher.publish();
    await refusedAs("trust.expired");
  });

  test("a root that skips a version", async () => {
    await at.publisher.rotateRoot();
    await at.publisher.rotateRoot();
    at.publisher.files.set(
      "metadata/2.root.json",
      at.publisher.files.get("metadata/3.root.json") ?? Buffer.alloc(0),
    );
    await at.publishNext("two");
    await refusedAs("trust.rollback");
  });

  test("a root that only its own new keys signed", async () => {
    const stranger = await memoryPublisher(() => at.now, "mallory");
    await stranger.rotateRoot();
    at.publisher.files.set(
      "metadata/2.root.json",
      stranger.files.get("metadata/2.root.json") ?? Buffer.alloc(0),
    );
    await refusedAs("trust.signature");
  });

  test("a snapshot that lost a role", async () => {
    at.publisher.addDatabase("second");
    at.publisher.release("second", { a: "1" });
    await at.publisher.publish();
    await at.check();
    const other = await memoryPublisher(() => at.now);
    other.addDatabase("daily");
    other.release("daily", { "main.txt": "x" });
    for (let version = 0; version < 3; version += 1) await other.publish();
    at.fetcher = memoryFetcher(other.files);
    await refusedAs("trust.rollback");
  });

  test("a database that nobody delegated", async () => {
    const trust = await at.open();
    await trust.refresh();
    await expect(trust.release("other")).rejects.toThrow(codeOf("trust.role"));
    await expect(trust.release("constructor")).rejects.toThrow(codeOf("trust.role"));
  });
});
