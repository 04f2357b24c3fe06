import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binBits,
  binDelegations,
  binNames,
  binOf,
  checkBins,
} from "../../../protocol/release/bins.ts";
import type { Delegations, TargetFile, Targets } from "../../../protocol/tuf/types.ts";
import { namedSigner } from "../../testkit/memory-publisher.ts";

const { key } = namedSigner("daily");
const other = namedSigner("other").key;
const own = { keys: new Map([[key.keyId, key]]), keyIds: [key.keyId], threshold: 1 };
const refused = expect.objectContaining({ code: "trust.release" });

const role = (delegations?: Delegations, paths: readonly string[] = []): Targets => ({
  type: "targets",
  version: 1,
  expires: "2030-01-01T00:00:00Z",
  extra: {},
  targets: new Map(
    paths.map((path): [string, TargetFile] => [
      path,
      { path, length: 0, hashes: new Map([["sha256", "ab".repeat(32)]]) },
    ]),
  ),
  ...(delegations === undefined ? {} : { delegations }),
});

describe("bins", () => {
  test.each([
    [2, 1],
    [16, 4],
    [4096, 12],
    [1, undefined],
    [3, undefined],
    [8192, undefined],
  ])("a count of %i has %s bits", (count, bits) => {
    expect(binBits(count)).toBe(bits);
  });

  test.each([1, 3, 4, 5, 8, 12])("of %i bits are all named, by either style", (bits) => {
    const byPrefix = binDelegations("daily", own, bits, "path_hash_prefixes");
    const succinct = binDelegations("daily", own, bits, "succinct_roles");
    const names = binNames("daily", role(byPrefix), own);
    expect(names).toHaveLength(2 ** bits);
    expect(binNames("daily", role(succinct), own)).toEqual(names);
  });

  test("law: both styles put a path into the same bin, and exactly one", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 12 }), (path, bits) => {
        const byPrefix = binDelegations("daily", own, bits, "path_hash_prefixes");
        const succinct = binDelegations("daily", own, bits, "succinct_roles");
        expect(binOf(byPrefix, path)).toBe(binOf(succinct, path));
      }),
      { numRuns: 50 },
    );
  });

  test("a database without delegations has none", () => {
    expect(binNames("daily", role(undefined, ["daily/a"]), own)).toEqual([]);
  });
});

describe("a database's role is refused when", () => {
  const good = binDelegations("daily", own, 2, "path_hash_prefixes");
  const [first] = good.roles;
  const cases: readonly (readonly [string, Targets])[] = [
    ["it has files beside its bins", role(good, ["daily/a"])],
    ["a bin is missing", role({ ...good, roles: good.roles.slice(1) })],
    ["it delegates to nobody", role({ ...good, roles: [] })],
    [
      "it delegates by pattern",
      role({
        ...good,
        roles: good.roles.map((bin) => ({ ...bin, paths: { kind: "patterns", list: ["*"] } })),
      }),
    ],
    [
      "two bins cover the same paths",
      role({
        ...good,
        roles: good.roles.map((bin) => ({ ...bin, paths: first?.paths ?? bin.paths })),
      }),
    ],
    [
      "a bin has another key",
      role({ ...good, roles: good.roles.map((bin) => ({ ...bin, keyIds: [other.keyId] })) }),
    ],
    [
      "a bin has another threshold",
      role({ ...good, roles: good.roles.map((bin) => ({ ...bin, threshold: 2 })) }),
    ],
    ["a key id stands for another key", role({ ...good, keys: new Map([[key.keyId, other]]) })],
    [
      "bins have another database's name",
      role(binDelegations("weekly", own, 2, "path_hash_prefixes")),
    ],
    [
      "succinct bins have another database's name",
      role(binDelegations("weekly", own, 2, "succinct_roles")),
    ],
  ];
  test.each(cases)("%s", (_why, targets) => {
    expect(() => binNames("daily", targets, own)).toThrow(refused);
  });

  test("a bin lists a file of another bin, or delegates on", () => {
    const parent = role(good);
    const only = (name: string, bin: Targets) => new Map([[name, bin]]);
    const home = binOf(good, "daily/a") ?? "";
    const elsewhere = good.roles.find(({ name }) => name !== home)?.name ?? "";
    expect(() =>
      checkBins("daily", parent, only(home, role(undefined, ["daily/a"]))),
    ).not.toThrow();
    expect(() => checkBins("daily", parent, only(elsewhere, role(undefined, ["daily/a"])))).toThrow(
      refused,
    );
    expect(() => checkBins("daily", parent, only(home, role(good)))).toThrow(refused);
  });
});
