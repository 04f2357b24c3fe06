import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  roleNamed,
  rolesFor,
  succinctBin,
  succinctName,
} from "../../../protocol/tuf/delegations.ts";
import { patternMatches } from "../../../protocol/tuf/patterns.ts";
import type { Delegations } from "../../../protocol/tuf/types.ts";

describe("path patterns (TUF 4.5)", () => {
  test.each([
    ["daily/*", "daily/a.txt", true],
    ["daily/*", "daily/a/b.txt", false],
    ["daily/*/*", "daily/a/b.txt", true],
    ["*.tgz", "foo.tgz", true],
    ["*.tgz", "bar/foo.tgz", false],
    ["foo-version-?.tgz", "foo-version-2.tgz", true],
    ["foo-version-?.tgz", "foo-version-alpha.tgz", false],
    ["*", "", true],
    ["a*b*c", "axxbyyc", true],
    ["a*b*c", "axxbyy", false],
    ["daily/*", "dailyX/a", false],
    ["v[0-9].txt", "v7.txt", true],
    ["v[!0-9].txt", "v7.txt", false],
    ["v[a-c-]", "v-", true],
    ["v[]]", "v]", true],
    ["v[", "v[", true],
    ["[a/b]", "[a/b]", true],
    ["{a,b}", "a", false],
    ["\\\\*", "\\\\x", true],
    ["?", "\u{1f600}", true],
    ["*", "a\nb", true],
    ["*", ".hidden", true],
  ])("%s against %s: %s", (pattern, path, expected) => {
    expect(patternMatches(pattern, path)).toBe(expected);
  });

  test("law: a literal path matches itself and only itself", () => {
    const literal = fc.stringMatching(/^[a-z/.]{0,20}$/);
    fc.assert(
      fc.property(literal, literal, (a, b) => {
        expect(patternMatches(a, a)).toBe(true);
        expect(patternMatches(a, b)).toBe(a === b);
      }),
    );
  });

  test("many stars take no exponential time", () => {
    expect(patternMatches(`${"*a".repeat(200)}b`, "a".repeat(1000))).toBe(false);
  });
});

describe("succinct roles (TAP 15)", () => {
  const succinct = { keyIds: ["k"], threshold: 1, bitLength: 8, namePrefix: "bin" };
  const delegations: Delegations = { keys: new Map(), roles: [], succinct };

  test("name bins in zero-filled hex", () => {
    expect(succinctName(succinct, 5)).toBe("bin-05");
    expect(succinctName({ ...succinct, bitLength: 5 }, 31)).toBe("bin-1f");
    expect(succinctName({ ...succinct, bitLength: 32 }, 2 ** 32 - 1)).toBe("bin-ffffffff");
  });

  test("law: each path falls into a bin that exists by its name", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 32 }), (path, bitLength) => {
        const roles = { ...succinct, bitLength };
        const name = succinctBin(roles, path);
        expect(roleNamed({ ...delegations, succinct: roles }, name)?.name).toBe(name);
      }),
    );
  });

  test.each(["bin-5", "bin-100", "bin-zz", "bin-0G", "bon-05", "bin", "bin-"])(
    "%s is no bin",
    (name) => {
      expect(roleNamed(delegations, name)).toBeUndefined();
    },
  );

  test("delegate each path to one terminating role", () => {
    expect(rolesFor(delegations, "x")).toEqual([
      { name: succinctBin(succinct, "x"), keyIds: ["k"], threshold: 1, terminating: true },
    ]);
  });
});

test("hash prefixes go by the SHA-256 of the path", () => {
  const role = (prefix: string) => ({
    name: prefix,
    keyIds: [],
    threshold: 1,
    terminating: false,
    paths: { kind: "hashPrefixes" as const, list: [prefix] },
  });
  const delegations: Delegations = { keys: new Map(), roles: [role("ba"), role("00")] };
  // SHA-256("abc") begins with ba7816bf (FIPS 180-2, appendix B.1).
  expect(rolesFor(delegations, "abc").map(({ name }) => name)).toEqual(["ba"]);
});
