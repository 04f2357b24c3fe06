import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTrust } from "../../../agent/trust/client.ts";
import type { MetadataFetcher } from "../../../agent/trust/types.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { makeSibling, siblingPath } from "../../../protocol/tuf/sibling.ts";
import { memoryFetcher } from "../../testkit/memory-fetcher.ts";
import { type MemoryPublisher, memoryPublisher } from "../../testkit/memory-publisher.ts";

let dir = "";
let publisher: MemoryPublisher;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-metadata-"));
  publisher = await memoryPublisher();
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Adds the siblings that the real publisher serves. */
function addSiblings(): void {
  const plain = Array.from(publisher.files);
  for (const [path, bytes] of plain) {
    const sibling = /^metadata\/\d+\.(?!root)[^/]*\.json$/.test(path)
      ? makeSibling(bytes)
      : undefined;
    if (sibling !== undefined) publisher.files.set(siblingPath(path), sibling);
  }
}

/** One check by a new process; the files of `daily`, and what came, by path. */
async function check(plain = false) {
  const given = new Map<string, number>();
  const repository = memoryFetcher(publisher.files);
  const fetcher: MetadataFetcher = {
    get: async (path, request) => {
      const answer = await repository.get(path, request);
      if (answer.status === "ok") given.set(path, answer.bytes.length);
      return answer;
    },
  };
  const trust = await openTrust({
    fs: nodeFileSystem,
    dir: join(dir, "trust"),
    marksFile: join(dir, "marks.json"),
    bootstrapRoot: publisher.root,
    fetcher,
    clock: { now: () => new Date() },
    plain,
  });
  await trust.refresh();
  return { files: (await trust.release("daily")).files, given, requests: repository.requests };
}

test("a change in one of 10,000 files costs at most 64 KB of metadata", async () => {
  publisher.addDatabase("daily", undefined, { count: 64, style: "path_hash_prefixes" });
  const files: Record<string, string> = {};
  for (let index = 0; index < 10_000; index += 1) files[`set-${index % 20}/f${index}`] = `${index}`;
  publisher.release("daily", files);
  await publisher.publish();
  addSiblings();
  expect((await check()).files).toHaveLength(10_000);

  const bins = new Set([...publisher.files.keys()].filter((path) => /daily-/.test(path)));
  publisher.release("daily", { ...files, "set-3/f7003": "changed" });
  await publisher.publish();
  addSiblings();
  const { given } = await check();
  const fresh = [...given.keys()].filter((path) => /daily-/.test(path) && !bins.has(path));
  expect(fresh).toEqual([expect.stringMatching(/^metadata\/2\.daily-[0-9a-f]+\.json\.zst$/)]);
  expect([...given.keys()].filter((path) => path.endsWith(".json"))).not.toContain(
    "metadata/2.daily.json",
  );
  const sum = [...given.values()].reduce((total, bytes) => total + bytes, 0);
  process.stderr.write(`metadata for one change in 10,000 files: ${sum} bytes\n`);
  expect(sum).toBeLessThan(64_000);
});

test("a repository of another maker is not asked for siblings", async () => {
  publisher.addDatabase("daily");
  publisher.release("daily", { a: "1" });
  await publisher.publish();
  const { requests } = await check(true);
  expect(requests.filter((path) => path.endsWith(".zst"))).toEqual([]);
});

test("without siblings the plain files come", async () => {
  publisher.addDatabase("daily");
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, "x"]));
  publisher.release("daily", files);
  await publisher.publish();
  const { files: found, given, requests } = await check();
  expect(found).toHaveLength(20);
  expect([...given.keys()]).toContain("metadata/1.daily.json");
  expect(requests.filter((path) => path.endsWith(".zst"))).toHaveLength(1);
});
