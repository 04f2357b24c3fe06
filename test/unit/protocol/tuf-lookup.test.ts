/** The search through delegations (TUF 5.6.7) on its own; what it fetches is tested elsewhere. */
import { describe, expect, test } from "vitest";
import { limits } from "../../../protocol/tuf/limits.ts";
import { lookUp, searchable, type Visit } from "../../../protocol/tuf/lookup.ts";
import type { DelegatedRole, Targets } from "../../../protocol/tuf/types.ts";

const file = { length: 1, hashes: new Map([["sha256", "ab".repeat(32)]]) };

const to = (name: string, change: Partial<DelegatedRole> = {}): DelegatedRole => ({
  name,
  keyIds: [],
  threshold: 1,
  terminating: false,
  paths: { kind: "patterns", list: ["*"] },
  ...change,
});

function role(paths: readonly string[], roles: readonly DelegatedRole[] = []): Targets {
  return {
    type: "targets",
    version: 1,
    expires: "2030-01-01T00:00:00Z",
    extra: {},
    targets: new Map(paths.map((path) => [path, { path, ...file }])),
    ...(roles.length === 0 ? {} : { delegations: { keys: new Map(), roles } }),
  };
}

/** Searches a graph; tells the result and the roles in the order in which they were looked into. */
function search(path: string, graph: Readonly<Record<string, Targets>>) {
  const visited: string[] = [];
  const roles = new Map(Object.entries(graph));
  const result = lookUp(path, (visit: Visit) => {
    visited.push(visit.role);
    const found = roles.get(visit.role);
    return found === undefined ? undefined : searchable(found);
  });
  return { result, visited: visited.join(" ") };
}

test("a target of the top-level role is found there, whatever is delegated", () => {
  const { result, visited } = search("a", { targets: role(["a"], [to("x")]), x: role(["a"]) });
  expect(result).toMatchObject({ kind: "found", role: "targets", target: { path: "a" } });
  expect(visited).toBe("targets");
});

test("the first role in pre-order that lists it wins", () => {
  const graph = {
    targets: role([], [to("x"), to("y")]),
    x: role([], [to("deep")]),
    deep: role(["a"]),
    y: role(["a"]),
  };
  expect(search("a", graph)).toMatchObject({
    result: { kind: "found", role: "deep" },
    visited: "targets x deep",
  });
});

test("a terminating role ends the search for the paths that it may speak for, and for no others", () => {
  const only = { paths: { kind: "patterns" as const, list: ["x*"] } };
  const graph = {
    targets: role([], [to("x", { terminating: true, ...only }), to("y")]),
    x: role([]),
    y: role(["x1", "z1"]),
  };
  expect(search("x1", graph)).toEqual({ result: { kind: "absent" }, visited: "targets x" });
  expect(search("z1", graph).result).toMatchObject({ kind: "found", role: "y" });
});

test("what a terminating role delegates is still searched, and nothing that waited before it", () => {
  const graph = {
    targets: role([], [to("x"), to("never")]),
    x: role([], [to("end", { terminating: true }), to("skipped")]),
    end: role([], [to("below")]),
    below: role([]),
    skipped: role(["a"]),
    never: role(["a"]),
  };
  expect(search("a", graph)).toEqual({
    result: { kind: "absent" },
    visited: "targets x end below",
  });
});

test("cycles, also back to the top-level role, end", () => {
  const graph = {
    targets: role([], [to("x")]),
    x: role([], [to("x"), to("y")]),
    y: role([], [to("x")]),
  };
  expect(search("a", graph)).toEqual({ result: { kind: "absent" }, visited: "targets x y" });
});

test("it names the role that it needs, and who vouches for that", () => {
  const graph = { targets: role([], [to("x")]), x: role([], [to("y")]) };
  expect(search("a", graph).result).toEqual({ kind: "needs", visit: { role: "y", parent: "x" } });
});

test("a chain or a crowd of roles is searched so far and no further", () => {
  const names = Array.from({ length: limits.delegatedRoles + 10 }, (_, index) => `r${index}`);
  const chain = Object.fromEntries(
    names.map((name, index) => [name, role([], [to(`r${index + 1}`)])]),
  );
  const crowd = Object.fromEntries(names.map((name) => [name, role([])]));
  for (const graph of [
    { ...chain, targets: role([], [to("r0")]) },
    {
      ...crowd,
      targets: role(
        [],
        names.map((name) => to(name)),
      ),
    },
  ]) {
    const { result, visited } = search("a", graph);
    expect(result).toEqual({ kind: "too-far" });
    expect(visited.split(" ")).toHaveLength(limits.delegatedRoles);
  }
});

describe("names from the prototype", () => {
  const names = ["constructor", "__proto__", "toString", "hasOwnProperty"];

  test.each(names)("%s as a target that nobody lists is absent", (name) => {
    expect(search(name, { targets: role(["a"]) }).result).toEqual({ kind: "absent" });
  });

  test.each(names)("%s as a role is one like any other", (name) => {
    const missing = search("a", { targets: role([], [to(name)]) });
    expect(missing.result).toEqual({ kind: "needs", visit: { role: name, parent: "targets" } });
    const graph = { targets: role([], [to(name)]), ...Object.fromEntries([[name, role(["a"])]]) };
    expect(search("a", graph).result).toMatchObject({ kind: "found", role: name });
  });
});

describe("hash prefixes", () => {
  // SHA-256("abc") begins with ba7816bf (FIPS 180-2, appendix B.1).
  const by = (...list: string[]) => role([], [to("x", { paths: { kind: "hashPrefixes", list } })]);
  const x = role(["abc"]);
  test.each([
    [["ba"], "found"],
    [["00", "ba7"], "found"],
    [[""], "found"],
    [["BA"], "absent"],
    [["bb"], "absent"],
    [[], "absent"],
  ] as const)("%j: %s, for digests are lower-case hex", (list, kind) => {
    expect(search("abc", { targets: by(...list), x }).result.kind).toBe(kind);
  });

  test("a role with two prefixes that match is asked once, in its place", () => {
    const roles = [
      to("late", { paths: { kind: "hashPrefixes", list: ["b", "ba"] } }),
      to("later", { paths: { kind: "patterns", list: ["abc"] } }),
      to("last", { paths: { kind: "hashPrefixes", list: ["ba78"] } }),
    ];
    const graph = { targets: role([], roles), late: role([]), later: role([]), last: role([]) };
    expect(search("abc", graph).visited).toBe("targets late later last");
  });
});
