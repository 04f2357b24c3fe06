/** Laws of what a release says of itself: names, description, encodings, delegations. */
import { deepStrictEqual } from "node:assert";
import * as fc from "fast-check";
import { sha256 } from "../../../protocol/bytes.ts";
import { isObject, type JsonValue } from "../../../protocol/json.ts";
import { encodeEncodings, parseEncodings } from "../../../protocol/release/encodings.ts";
import {
  checkDatabaseName,
  checkPath,
  checkPaths,
  checkSignedText,
} from "../../../protocol/release/names.ts";
import { encodeReleaseInfo, parseReleaseInfo } from "../../../protocol/release/release-info.ts";
import { roleNamed, rolesFor } from "../../../protocol/tuf/delegations.ts";
import { patternMatches } from "../../../protocol/tuf/patterns.ts";
import { applyEdit, edit } from "../differential/json-edits.ts";
import { answerOf, bounded, same } from "../laws.ts";
import { type FuzzProperty, fuzzProperty } from "../property.ts";
import { anyJson, oddText } from "./hostile.ts";

const invalid = /^names\.invalid$/;

/** Paths that are nearly good. */
const nearlyPath = fc.oneof(
  oddText,
  fc
    .array(fc.oneof(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,12}$/), oddText), {
      maxLength: 5,
    })
    .map((parts) => parts.join("/")),
);

const names = fuzzProperty(
  "names",
  "an accepted name is safe by an independent rule; all else is names.invalid, in bounded time",
  fc.tuple(nearlyPath, fc.array(nearlyPath, { maxLength: 6 })),
  ([path, others]) => {
    bounded(path.length, () => {
      if ("value" in answerOf(invalid, () => checkPath(path))) {
        same(/^[\w./-]{1,200}$/.test(path), true, `characters of ${path}`);
        const bad = path.split("/").some((part) => part === "" || /^\.|\.$/.test(part));
        same(bad, false, `parts of ${path}`);
      }
      if ("value" in answerOf(invalid, () => checkDatabaseName(path))) {
        same(/^[a-z0-9-]{1,41}$/.test(path), true, `database ${path}`);
      }
      if ("value" in answerOf(invalid, () => checkSignedText(path, "text", 1000))) {
        same(path, path.normalize("NFC"), "NFC");
        same(/\p{Cc}/u.test(path), false, "control characters");
      }
    });
    const all = [path, ...others];
    if ("value" in answerOf(invalid, () => checkPaths(all))) {
      const folded = all.map((one) => one.toLowerCase());
      same(new Set(folded).size, all.length, "paths that differ by more than case");
      const nested = folded.some((one) => folded.some((other) => other.startsWith(`${one}/`)));
      same(nested, false, "files that are folders too");
    }
  },
);

const digest = fc.string().map((text) => sha256(text));
const info = fc.record(
  {
    database: fc.stringMatching(/^[a-z]{1,10}$/),
    repository: digest,
    label: fc.stringMatching(/^[ -~]{0,80}$/),
    created: fc.constant("2026-06-01T00:00:00Z"),
    notes: fc.stringMatching(/^[ -~]{0,200}$/),
    files: digest,
    rollout: fc.record(
      { start: fc.constant("2026-06-01T00:00:00Z"), hours: fc.nat(1000) },
      { noNullPrototype: true },
    ),
    minAgent: fc.stringMatching(/^[0-9.]{1,10}$/),
  },
  {
    noNullPrototype: true,
    requiredKeys: ["database", "repository", "label", "created", "notes", "files"],
  },
);

const releaseInfo = fuzzProperty(
  "release-info",
  "decode ∘ encode is the identity; an edited description is read or refused",
  fc.tuple(info, fc.array(edit, { maxLength: 3 })),
  ([honest, edits]) => {
    const encoded = encodeReleaseInfo(honest);
    deepStrictEqual(parseReleaseInfo(encoded), honest);
    const value = edits.reduce<JsonValue>((result, one) => applyEdit(result, one, 0), encoded);
    if (!isObject(value)) return;
    const answer = answerOf(/^(?:trust\.format|names\.invalid)$/, () => parseReleaseInfo(value));
    if ("value" in answer) {
      deepStrictEqual(parseReleaseInfo(encodeReleaseInfo(answer.value)), answer.value);
    }
  },
);

const lengths = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const encodings = fuzzProperty(
  "encodings",
  "decode ∘ encode is the identity; any `custom` is read or refused",
  fc.tuple(
    fc.record(
      {
        zst: lengths,
        deltas: fc.dictionary(fc.stringMatching(/^[0-9a-f]{16}$/), lengths, { maxKeys: 8 }),
      },
      { noNullPrototype: true, requiredKeys: ["deltas"] },
    ),
    fc.oneof(anyJson, fc.record({ zst: anyJson, deltas: anyJson })),
  ),
  ([{ zst, deltas }, custom]) => {
    const honest = {
      ...(zst === undefined ? {} : { zst }),
      deltas: new Map(Object.entries(deltas)),
    };
    deepStrictEqual(parseEncodings(encodeEncodings(honest)), honest);
    if (!isObject(custom)) return;
    const answer = answerOf(/^trust\.release$/, () => parseEncodings(custom));
    if ("value" in answer)
      deepStrictEqual(parseEncodings(encodeEncodings(answer.value)), answer.value);
  },
);

/** TUF's patterns by regular expressions: slow on some, but another way to the same answer. */
function matchesByRegExp(pattern: string, path: string): boolean {
  const source = pattern
    .split("")
    .map((unit) =>
      unit === "*"
        ? "[^/]*"
        : unit === "?"
          ? "[^/]"
          : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
    .join("");
  return new RegExp(`^${source}$`, "s").test(path);
}

const patternText = fc
  .array(fc.constantFrom("*", "?", "/", "a", "b", "."), { maxLength: 8 })
  .map((parts) => parts.join(""));
const patterns = fuzzProperty(
  "patterns",
  "a pattern matches what its regular expression matches, and never takes long",
  fc.tuple(patternText, patternText, fc.nat(500)),
  ([pattern, path, length]) => {
    same(patternMatches(pattern, path), matchesByRegExp(pattern, path), `${pattern} on ${path}`);
    const stars = `${"*a".repeat(length)}b`;
    bounded(length * 1000, () => patternMatches(stars, "a".repeat(length * 2)));
  },
);

const bins = fuzzProperty(
  "succinct-bins",
  "every path has one bin, and its name names that bin only",
  fc.record({ bitLength: fc.integer({ min: 1, max: 32 }), path: oddText, other: oddText }),
  ({ bitLength, path, other }) => {
    const succinct = { keyIds: ["k"], threshold: 1, bitLength, namePrefix: "daily" };
    const delegations = { keys: new Map(), roles: [], succinct };
    const [role, ...more] = rolesFor(delegations, path);
    same(more.length, 0, "bins of a path");
    same(roleNamed(delegations, role?.name ?? "")?.name, role?.name, "the bin by its name");
    const named = roleNamed(delegations, other);
    if (named !== undefined) same(/^daily-[0-9a-f]{1,8}$/.test(other), true, "a bin's name");
  },
);

export const releaseProperties: readonly FuzzProperty[] = [
  names,
  releaseInfo,
  encodings,
  patterns,
  bins,
];
