/**
 * What survives when the trust store, or the marks beside the databases, are damaged or cut short:
 * the next check starts again from the bootstrap root, and a rollback stays refused as long as one
 * copy of the marks can be read. If neither can be, and only then, the agent starts anew.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { openTrust } from "../../../agent/trust/client.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { ecdsaSigner } from "../../testkit/ecdsa-signer.ts";
import { type Cut, faultyFileSystem } from "../../testkit/faulty-file-system.ts";
import { memoryFetcher } from "../../testkit/memory-fetcher.ts";
import { memoryFileSystem } from "../../testkit/memory-file-system.ts";
import { type MemoryPublisher, memoryPublisher } from "../../testkit/memory-publisher.ts";
import { codeOf } from "../../testkit/trust-fixture.ts";

const now = Date.UTC(2026, 5, 1);
type Files = ReadonlyMap<string, Buffer>;

/** The repository after its first, second and third publication. */
const served: Files[] = [];
/** The agent's disk after it has seen the second. */
let whole: Files = new Map();
/** Every file of it. */
let paths: readonly string[] = [];
let publisher: MemoryPublisher;

const open = (fs: FileSystem, files: Files) =>
  openTrust({
    fs,
    dir: "/state/trust",
    marksFile: "/state/databases/marks.json",
    bootstrapRoot: publisher.root,
    fetcher: memoryFetcher(files),
    clock: { now: () => new Date(now) },
    plain: false,
  });

/** One check of publication n, as a process of its own; the version it leads to. */
async function check(fs: FileSystem, n: number): Promise<number> {
  const trust = await open(fs, served[n - 1] ?? new Map());
  await trust.refresh();
  return (await trust.release("daily")).version;
}

beforeAll(async () => {
  publisher = await memoryPublisher(
    () => now,
    "vendor",
    (name) => ecdsaSigner(name),
  );
  publisher.addDatabase("daily");
  for (const content of ["one", "two", "three"]) {
    publisher.release("daily", { "main.txt": content });
    await publisher.publish();
    served.push(new Map(publisher.files));
  }
  const fs = memoryFileSystem();
  await fs.mkdir("/state", 0o755);
  await fs.mkdir("/state/databases", 0o755);
  await check(fs, 1);
  await check(fs, 2);
  whole = fs.files();
  paths = [...whole.keys()].toSorted();
});

const damages: Readonly<Record<string, (bytes: Buffer) => Buffer | undefined>> = {
  torn: (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)),
  empty: () => Buffer.alloc(0),
  zeros: (bytes) => Buffer.alloc(bytes.length),
  missing: () => undefined,
  garbage: (bytes) => Buffer.from(sha256(bytes).repeat(3)),
  "other JSON": () => Buffer.from('{"files":[],"format":1,"marks":{}}'),
};
const kinds = Object.keys(damages);

/** The disk with some of its files damaged. */
function damaged(damage: ReadonlyMap<string, string>): Files {
  const files = new Map([...whole, ["/state/databases/daily/current.json", Buffer.alloc(0)]]);
  for (const [path, kind] of damage) {
    const bytes = damages[kind]?.(files.get(path) ?? Buffer.alloc(0));
    if (bytes === undefined) files.delete(path);
    else files.set(path, bytes);
  }
  return files;
}

const marksCopies = ["/state/trust/trust.json", "/state/databases/marks.json"];

/** Throws unless the agent recovers, and refuses what is older where it still can know. */
async function expectRecovery(damage: ReadonlyMap<string, string>): Promise<void> {
  const story = JSON.stringify([...damage]);
  const knows = marksCopies.some((path) => !damage.has(path));
  const fs = memoryFileSystem();
  fs.reset(damaged(damage));
  if (knows) await expect(check(fs, 1), story).rejects.toThrow(codeOf("trust.rollback"));
  else expect(await check(fs, 1), story).toBe(1);
  fs.reset(damaged(damage));
  expect(await check(fs, 3), story).toBe(3);
  await expect(check(fs, 1), story).rejects.toThrow(codeOf("trust.rollback"));
}

test("the store is its pointer, a file for each role, and the marks beside the databases", () => {
  expect(paths).toHaveLength(7);
  for (const path of marksCopies) expect(paths).toContain(path);
});

describe("damage", () => {
  test("to any one file", async () => {
    for (const path of paths) {
      for (const kind of kinds) await expectRecovery(new Map([[path, kind]]));
    }
  });

  test.each(kinds)("to any two files, the first %s, the other in any way", async (first) => {
    for (const [index, a] of paths.entries()) {
      for (const b of paths.slice(index + 1)) {
        for (const second of kinds) {
          await expectRecovery(
            new Map([
              [a, first],
              [b, second],
            ]),
          );
        }
      }
    }
  });

  test("to any set of files, alike", async () => {
    for (let set = 1; set < 2 ** paths.length; set += 1) {
      const hit = paths.filter((_path, index) => (set & (1 << index)) !== 0);
      const kind = kinds[set % kinds.length] ?? "torn";
      await expectRecovery(new Map(hit.map((path) => [path, kind])));
    }
  });

  test("to all files, so that every two of them meet in every two ways", async () => {
    // Seven files and, with "whole", seven ways: an orthogonal array of strength 2 over GF(7).
    const ways = ["whole", ...kinds];
    expect([paths.length, ways.length]).toEqual([7, 7]);
    for (let row = 0; row < 49; row += 1) {
      const wayOf = (column: number) => ways[(Math.floor(row / 7) + column * row) % 7] ?? "whole";
      const chosen = paths.map((path, column) => [path, wayOf(column)] as const);
      await expectRecovery(new Map(chosen.filter(([, way]) => way !== "whole")));
    }
  });
});

describe("death between two calls", () => {
  /** Every call that a check of the third publication makes which changes the disk. */
  async function callsOfCheck(): Promise<readonly string[]> {
    const fs = memoryFileSystem();
    fs.reset(whole);
    const counting = faultyFileSystem(fs, 0, { kind: "death", when: "before" });
    expect(await check(counting, 3)).toBe(3);
    return counting.calls;
  }

  test.each(["before", "after"] as const)(
    "%s any of them leaves the old state or the new one, whole",
    async (when) => {
      const calls = await callsOfCheck();
      expect(calls.length).toBeGreaterThan(30);
      const cut: Cut = { kind: "death", when };
      const seen = new Set<number>();
      for (const [index, call] of calls.entries()) {
        const fs = memoryFileSystem();
        fs.reset(whole);
        await expect(check(faultyFileSystem(fs, index + 1, cut), 3), call).rejects.toThrow();
        const left = fs.files();
        const { snapshot, timestamp } = (await open(fs, new Map())).status();
        expect(snapshot?.version, call).toBe(timestamp?.version);
        seen.add(timestamp?.version ?? 0);
        await expect(check(fs, 1), call).rejects.toThrow(codeOf("trust.rollback"));
        if (timestamp?.version === 3) {
          await expect(check(fs, 2), call).rejects.toThrow(codeOf("trust.rollback"));
        }
        fs.reset(left);
        expect(await check(fs, 3), call).toBe(3);
      }
      expect([...seen]).toEqual([2, 3]);
    },
  );
});
