/** Laws of what lies on disk: the marks, and the trust store as a whole. */
import { deepStrictEqual } from "node:assert";
import * as fc from "fast-check";
import { openTrust } from "../../../agent/trust/client.ts";
import { decodeMarks, encodeMarks, mergeMarks, parseMarks } from "../../../agent/trust/marks.ts";
import { loadTrust } from "../../../agent/trust/store.ts";
import { fileText } from "../../../protocol/canonical.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { ecdsaSigner } from "../../testkit/ecdsa-signer.ts";
import { memoryFetcher } from "../../testkit/memory-fetcher.ts";
import { memoryFileSystem } from "../../testkit/memory-file-system.ts";
import { memoryPublisher } from "../../testkit/memory-publisher.ts";
import { same } from "../laws.ts";
import { type FuzzProperty, fuzzProperty } from "../property.ts";
import { byteChange, changeBytes, nearlyJson, oddText } from "./hostile.ts";

const version = fc.nat(1000);
const marks = fc.record(
  {
    repository: fc.constantFrom("r", "s"),
    keys: fc.constantFrom("k", "l"),
    root: version,
    timestamp: version,
    snapshot: version,
    meta: fc
      .array(
        fc.tuple(
          oddText.filter((text) => text.isWellFormed()),
          version,
        ),
        { maxLength: 4 },
      )
      .map((pairs) => new Map(pairs)),
  },
  { noNullPrototype: true },
);

const marksFile = fuzzProperty(
  "marks",
  "marks come back as they were written, damaged ones not at all, and merging never lowers one",
  fc.tuple(marks, marks, nearlyJson, byteChange),
  ([a, b, bytes, change]) => {
    const written = Buffer.from(fileText(encodeMarks(a)));
    deepStrictEqual(parseMarks(written), a);
    parseMarks(bytes);
    parseMarks(changeBytes(written, change));
    deepStrictEqual(decodeMarks(encodeMarks(a)), a);
    const merged = mergeMarks(a, b);
    if (a.repository !== b.repository || a.keys !== b.keys) return;
    for (const part of [a, b]) {
      same((merged?.timestamp ?? -1) >= part.timestamp, true, "timestamp");
      same((merged?.snapshot ?? -1) >= part.snapshot, true, "snapshot");
      for (const [name, seen] of part.meta) {
        same((merged?.meta.get(name) ?? -1) >= seen, true, "a file");
      }
    }
  },
);

const now = Date.UTC(2026, 5, 1);
const places = { dir: "/state/trust", marksFile: "/state/marks.json" };
const publisher = await memoryPublisher(
  () => now,
  "vendor",
  (name) => ecdsaSigner(name),
);
publisher.addDatabase("daily");
publisher.release("daily", { "main.txt": "one" });
await publisher.publish();
const first = new Map(publisher.files);
publisher.release("daily", { "main.txt": "two" });
await publisher.publish();

async function check(fs: ReturnType<typeof memoryFileSystem>, files: ReadonlyMap<string, Buffer>) {
  const trust = await openTrust({
    fs,
    ...places,
    bootstrapRoot: publisher.root,
    fetcher: memoryFetcher(files),
    clock: { now: () => new Date(now) },
    plain: false,
  });
  await trust.refresh();
  return (await trust.release("daily")).version;
}

const disk = memoryFileSystem();
await disk.mkdir("/state", 0o755);
await check(disk, publisher.files);
const whole = disk.files();
const paths = [...whole.keys()].toSorted();

const trustStore = fuzzProperty(
  "trust-store",
  "whatever one file of the store becomes, the next check recovers, and a rollback is refused",
  fc.tuple(
    fc.constantFrom(...paths),
    fc.oneof(
      fc
        .array(byteChange, { minLength: 1, maxLength: 3 })
        .map(
          (changes) => (bytes: Buffer) =>
            changes.reduce((result, change) => changeBytes(result, change), bytes),
        ),
      nearlyJson.map((other) => () => other),
    ),
  ),
  async ([path, damage]) => {
    const fs = memoryFileSystem();
    const damaged = new Map(whole).set(path, damage(whole.get(path) ?? Buffer.alloc(0)));
    fs.reset(damaged);
    try {
      await loadTrust(fs, places);
      same(await check(fs, publisher.files), 2, "the release");
    } catch (error) {
      // A number was changed: a newer format is left alone, higher marks refuse what is older.
      const fine = /^(?:format\.newer|trust\.rollback)$/;
      if (!(error instanceof VouchsafeError && fine.test(error.code))) throw error;
    }
    fs.reset(damaged);
    const rollback = await check(fs, first).catch((error: unknown) => error);
    const refused =
      rollback instanceof VouchsafeError &&
      /^(?:format\.newer|trust\.rollback)$/.test(rollback.code);
    same(refused, true, "an older release is refused");
  },
);

export const storeProperties: readonly FuzzProperty[] = [marksFile, trustStore];
