import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import type { MetaFile, Snapshot, Targets } from "../../../protocol/tuf/types.ts";
import {
  checkSize,
  fileName,
  metaFileOf,
  nextSnapshot,
  nextTimestamp,
  patternsOf,
  withDatabase,
} from "../../../publisher/repository/next-metadata.ts";

const expires = "2026-12-08T12:00:00Z";
const listed = (version: number): MetaFile => ({ version, length: 1, hashes: new Map() });

describe("nextSnapshot", () => {
  const previous: Snapshot = {
    type: "snapshot",
    version: 7,
    expires: "2026-11-24T12:00:00Z",
    extra: { note: "kept" },
    meta: new Map([
      ["targets.json", listed(2)],
      ["daily.json", listed(4)],
      ["rules.json", listed(9)],
    ]),
  };

  test("replaces what changed, adds what is new, keeps the rest", () => {
    const bytes = Buffer.from("five");
    const changed = [
      { role: "daily", version: 5, bytes },
      { role: "geo", version: 1, bytes },
    ];
    const next = nextSnapshot(previous, changed, expires);
    const entry = (version: number) => ({
      version,
      length: 4,
      hashes: new Map([["sha256", sha256(bytes)]]),
    });
    expect(next).toEqual({
      ...previous,
      version: 8,
      expires,
      meta: new Map<string, unknown>([
        ["targets.json", listed(2)],
        ["daily.json", entry(5)],
        ["rules.json", listed(9)],
        ["geo.json", entry(1)],
      ]),
    });
    expect(previous.meta.get("daily.json")).toEqual(listed(4));
  });

  test("with nothing changed lists the same under the next version", () => {
    expect(nextSnapshot(previous, [], expires)).toEqual({ ...previous, version: 8, expires });
  });
});

test("a timestamp names the snapshot by version, length and sha256, and when it was made", () => {
  const file = { role: "snapshot", version: 8, bytes: Buffer.from("{}") };
  const created = "2026-11-24T12:00:00Z";
  expect(nextTimestamp(20, metaFileOf(file), expires, created)).toEqual({
    type: "timestamp",
    version: 21,
    expires,
    extra: { created },
    snapshot: { version: 8, length: 2, hashes: new Map([["sha256", sha256("{}")]]) },
  });
});

test("metadata files are named by version and role", () => {
  expect(fileName({ role: "daily", version: 12 })).toBe("12.daily.json");
});

test("a delegation covers the database's folder, and sub-folders only to the depth asked for", () => {
  expect(patternsOf("daily", 0)).toEqual(["daily/*"]);
  expect(patternsOf("daily", 2)).toEqual(["daily/*", "daily/*/*", "daily/*/*/*"]);
});

test("a database is added behind the others, with its keys", () => {
  const role = (name: string) => ({
    name,
    keyIds: [`key of ${name}`],
    threshold: 1,
    terminating: true,
    paths: { kind: "patterns" as const, list: patternsOf(name, 0) },
  });
  const key = (keyId: string) => ({ keyId, keyType: "t", scheme: "s", publicKey: "p" });
  const targets: Targets = {
    type: "targets",
    version: 3,
    expires: "2026-11-24T12:00:00Z",
    extra: {},
    targets: new Map(),
    delegations: { keys: new Map([["a", key("a")]]), roles: [role("daily")] },
  };
  const next = withDatabase(targets, role("rules"), new Map([["b", key("b")]]), expires);
  expect(next).toMatchObject({ version: 4, expires });
  expect([...(next.delegations?.keys.keys() ?? [])]).toEqual(["a", "b"]);
  expect(next.delegations?.roles.map(({ name }) => name)).toEqual(["daily", "rules"]);
});

test("metadata that clients stop at is refused, to the byte", () => {
  expect(() => checkSize("snapshot", "The snapshot", 2_000_000)).not.toThrow();
  expect(() => checkSize("snapshot", "The snapshot", 2_000_001)).toThrow("clients stop at 2000000");
  expect(() => checkSize("targets", "daily", 5_000_000)).not.toThrow();
  expect(() => checkSize("targets", "daily", 5_000_001)).toThrow("clients stop at 5000000");
});
