import { describe, expect, test } from "vitest";
import { haltDelegation } from "../../../protocol/release/halt.ts";
import { seedSigner } from "../../../protocol/tuf/sign.ts";
import type { DelegatedRole, Key, Targets } from "../../../protocol/tuf/types.ts";
import {
  delegationDigest,
  rotationsBetween,
  withRotations,
} from "../../../publisher/repository/rotation.ts";

const keyOf = (name: string): Key => seedSigner(Buffer.alloc(32, name)).key;
const keysOf = (names: readonly string[]) =>
  new Map(names.map((name) => [keyOf(name).keyId, keyOf(name)] as const));
const signersOf = (names: readonly string[], threshold = 1) => {
  const keys = keysOf(names);
  return { keys, keyIds: [...keys.keys()], threshold };
};
const role = (name: string, names: readonly string[], threshold = 1): DelegatedRole => ({
  name,
  keyIds: signersOf(names).keyIds,
  threshold,
  terminating: true,
  paths: { kind: "patterns", list: [`${name}/*`] },
});

const before: Targets = {
  type: "targets",
  version: 4,
  expires: "2027-01-01T00:00:00Z",
  extra: { bins: { rules: { count: 4, style: "succinct_roles" } } },
  targets: new Map(),
  delegations: {
    keys: keysOf(["halt", "alice", "bob"]),
    roles: [
      haltDelegation(keyOf("halt")),
      role("daily", ["alice", "bob"]),
      role("rules", ["alice"]),
    ],
  },
};
const dated = { version: 5, expires: "2027-02-01T00:00:00Z" };
const daily = { database: "daily", ...signersOf(["bob", "carol"], 2) };
const rules = { database: "rules", ...signersOf(["carol"]) };

describe("targets with other keys for databases", () => {
  test("change these alone, and keep no key that no role uses", () => {
    const after = withRotations(before, [daily], dated);
    expect(after).toMatchObject({ ...dated, extra: before.extra });
    expect(after.delegations?.roles).toEqual([
      haltDelegation(keyOf("halt")),
      { ...role("daily", ["bob", "carol"]), threshold: 2 },
      role("rules", ["alice"]),
    ]);
    expect(after.delegations?.keys).toEqual(keysOf(["halt", "alice", "bob", "carol"]));
    const both = withRotations(before, [daily, rules], dated);
    expect(both.delegations?.keys).toEqual(keysOf(["halt", "bob", "carol"]));
  });

  test("tell which databases they are for", () => {
    const found = rotationsBetween(before, withRotations(before, [daily, rules], dated));
    expect(found.map(({ database, threshold }) => [database, threshold])).toEqual([
      ["daily", 2],
      ["rules", 1],
    ]);
  });

  test("may differ in a threshold alone", () => {
    const more = { database: "daily", ...signersOf(["alice", "bob"], 2) };
    expect(rotationsBetween(before, withRotations(before, [more], dated))).toHaveLength(1);
  });

  const after = withRotations(before, [daily], dated);
  const { keys, roles } = after.delegations ?? { keys: new Map(), roles: [] };
  const change = (name: string, changes: Partial<DelegatedRole>): Targets => ({
    ...after,
    delegations: {
      keys,
      roles: roles.map((one) => (one.name === name ? { ...one, ...changes } : one)),
    },
  });
  const file = { path: "x", length: 1, hashes: new Map([["sha256", "0".repeat(64)]]) };
  test.each<[string, Targets]>([
    ["nothing", { ...before, ...dated }],
    ["also what a database may have", change("daily", { paths: role("rules", []).paths })],
    ["also whether others may add files", change("daily", { terminating: false })],
    ["the order of roles", { ...after, delegations: { keys, roles: roles.toReversed() } }],
    ["the key of halt", change("halt", { keyIds: [keyOf("alice").keyId] })],
    ["the bins of a database", { ...after, extra: {} }],
    ["a file", { ...after, targets: new Map([["x", file]]) }],
    [
      "a key that no role uses",
      { ...after, delegations: { keys: keysOf(["eve", "halt"]), roles } },
    ],
    ["a database fewer", { ...after, delegations: { keys, roles: roles.slice(0, 2) } }],
    [
      "a database more",
      { ...after, delegations: { keys, roles: [...roles, role("new", ["bob"])] } },
    ],
  ])("are refused when they change %s", (_, other) => {
    expect(() => rotationsBetween(before, other)).toThrow("changes something else");
  });
});

test("a digest tells keys and thresholds apart, and nothing else", () => {
  const digest = delegationDigest(signersOf(["a", "b"], 2));
  expect(delegationDigest(signersOf(["b", "a"], 2))).toBe(digest);
  const among = { ...signersOf(["a", "b"], 2), keys: keysOf(["a", "b", "c"]) };
  expect(delegationDigest(among)).toBe(digest);
  expect(delegationDigest(signersOf(["a", "b"], 1))).not.toBe(digest);
  expect(delegationDigest(signersOf(["a", "c"], 2))).not.toBe(digest);
});
