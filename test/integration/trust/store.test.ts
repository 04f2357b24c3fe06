import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { memoryFetcher } from "../../testkit/memory-fetcher.ts";
import { memoryPublisher, namedSigner } from "../../testkit/memory-publisher.ts";
import { codeOf, trustFixture } from "../../testkit/trust-fixture.ts";

const at = trustFixture();

describe("a damaged store", () => {
  const damage = {
    missing: (path: string) => rm(path),
    empty: (path: string) => writeFile(path, ""),
    torn: (path: string) => writeFile(path, '{"format":1,"fi'),
    zeros: (path: string) => writeFile(path, Buffer.alloc(400)),
  };

  test.each(Object.entries(damage))(
    "trust.json %s: starts again from the bootstrap root",
    async (_name, harm) => {
      await at.check();
      await harm(join(at.dir, "trust", "trust.json"));
      expect((await at.check()).release.version).toBe(1);
    },
  );

  test.each(Object.entries(damage))("every file %s: starts again", async (_name, harm) => {
    await at.check();
    const folder = join(at.dir, "trust", "files");
    for (const name of await readdir(folder)) await harm(join(folder, name));
    expect((await at.check()).release.version).toBe(1);
  });

  test.each(Object.entries(damage))(
    "trust.json %s: an old timestamp is still a rollback",
    async (_name, harm) => {
      const old = at.publisher.files.get("metadata/timestamp.json") ?? Buffer.alloc(0);
      await at.publishNext("two");
      await at.check();
      await harm(join(at.dir, "trust", "trust.json"));
      at.publisher.files.set("metadata/timestamp.json", old);
      await expect(at.check()).rejects.toThrow(codeOf("trust.rollback"));
    },
  );

  test("of a newer program is left alone", async () => {
    await at.check();
    const path = join(at.dir, "trust", "trust.json");
    await writeFile(path, JSON.stringify({ format: 2 }));
    await expect(at.check()).rejects.toThrow(codeOf("format.newer"));
  });

  test("lapsed marks: after a rotation of the online keys lower versions are taken (TUF 5.3.11)", async () => {
    await at.publishNext("two");
    await at.publishNext("three");
    await at.check();
    const recovered = await memoryPublisher(() => at.now);
    recovered.addDatabase("daily");
    recovered.roles.timestamp = { signers: [namedSigner("recovered timestamp")], threshold: 1 };
    recovered.roles.snapshot = { signers: [namedSigner("recovered snapshot")], threshold: 1 };
    await recovered.rotateRoot();
    recovered.release("daily", { "main.txt": "clean" });
    await recovered.publish();
    at.fetcher = memoryFetcher(recovered.files);
    expect((await at.check()).release.version).toBe(1);
  });
});

test("the stored files are no more than what counts", async () => {
  for (const content of ["two", "three", "four"]) {
    await at.check();
    await at.publishNext(content);
  }
  await at.check();
  expect(await readdir(join(at.dir, "trust", "files"))).toHaveLength(5);
});

test("a check that finds nothing new writes nothing", async () => {
  await at.check();
  const before = await stat(join(at.dir, "trust", "trust.json"));
  await at.check();
  expect((await stat(join(at.dir, "trust", "trust.json"))).ino).toBe(before.ino);
});

test("a database's metadata is fetched once, and again when its stored bytes are damaged", async () => {
  await at.check();
  at.fetcher.requests.length = 0;
  await at.check();
  expect(at.fetcher.requests).toEqual(["metadata/timestamp.json"]);
  const digest = sha256(at.publisher.files.get("metadata/1.daily.json") ?? "");
  await writeFile(join(at.dir, "trust", "files", digest), "damaged");
  await at.check();
  expect(at.fetcher.requests).toContain("metadata/1.daily.json");
});
