import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { canonicalBytes } from "../../../protocol/canonical.ts";
import type { JsonValue } from "../../../protocol/json.ts";
import {
  haltDelegation,
  haltLimits,
  haltOf,
  makeHalt,
  readHalt,
} from "../../../protocol/release/halt.ts";
import { rolesFor } from "../../../protocol/tuf/delegations.ts";
import { encodeSigned } from "../../../protocol/tuf/encode.ts";
import { parseTargets } from "../../../protocol/tuf/parse.ts";
import { namedSigner } from "../../testkit/memory-publisher.ts";

const repository = sha256("root");
const at = "2026-11-24T12:00:00Z";
const bad = { database: "daily", version: 3, reason: "it blocks mail", at };
const role = (halted: JsonValue) => ({
  ...makeHalt(repository, 1, "2026-12-24T12:00:00Z", []),
  extra: { repository, halted },
});

test("the role halt is read back as it was made, through its signed bytes", () => {
  const made = makeHalt(repository, 2, "2026-12-24T12:00:00Z", [bad, { ...bad, version: 4 }]);
  const read = parseTargets(JSON.parse(canonicalBytes(encodeSigned(made)).toString()));
  const halted = readHalt(read, repository);
  expect(halted).toEqual([bad, { ...bad, version: 4 }]);
  expect(haltOf(halted, "daily", 4)).toMatchObject({ version: 4 });
  expect(haltOf(halted, "daily", 5)).toBeUndefined();
  expect(haltOf(halted, "rules", 3)).toBeUndefined();
});

test("its delegation serves no path at all", () => {
  const delegation = haltDelegation(namedSigner("halt").key);
  for (const path of ["", "halt", "halt/x", "daily/main.txt", "*"]) {
    expect(rolesFor({ keys: new Map(), roles: [delegation] }, path)).toEqual([]);
  }
});

describe("a role halt is refused", () => {
  const cases: readonly (readonly [string, JsonValue])[] = [
    ["that is no list", {}],
    ["that has no list", null],
    ["with something that is no release", ["daily"]],
    ["with a name that no database has", [{ ...bad, database: "../daily" }]],
    ["with a version of 0", [{ ...bad, version: 0 }]],
    ["with a fractional version", [{ ...bad, version: 1.5 }]],
    ["with a loose date", [{ ...bad, at: "2026-11-24" }]],
    ["with control characters in the reason", [{ ...bad, reason: "a\u001b[2J" }]],
    ["with a reason that is too long", [{ ...bad, reason: "x".repeat(haltLimits.reason + 1) }]],
    ["with a field that nobody knows", [{ ...bad, unless: "x" }]],
    ["without a version", [{ database: "daily", reason: "", at }]],
    ["that names a release twice", [bad, { ...bad, reason: "again" }]],
    [
      "with more releases than there may be",
      Array.from({ length: haltLimits.releases + 1 }, (_, i) => ({ ...bad, version: i + 1 })),
    ],
  ];
  test.each(cases)("%s", (_, halted) => {
    expect(() => readHalt(role(halted), repository)).toThrow(
      expect.objectContaining({ code: "trust.release" }),
    );
  });

  test("that lists a file, or delegates", () => {
    const good = role([bad]);
    const file = { path: "daily/x", length: 1, hashes: new Map([["sha256", sha256("x")]]) };
    expect(() => readHalt({ ...good, targets: new Map([[file.path, file]]) }, repository)).toThrow(
      expect.objectContaining({ code: "trust.release" }),
    );
    const delegations = { keys: new Map(), roles: [] };
    expect(() => readHalt({ ...good, delegations }, repository)).toThrow(
      expect.objectContaining({ code: "trust.release" }),
    );
  });

  test("that was signed for another repository", () => {
    expect(() => readHalt(role([bad]), sha256("other"))).toThrow(
      expect.objectContaining({ code: "trust.role" }),
    );
  });
});
