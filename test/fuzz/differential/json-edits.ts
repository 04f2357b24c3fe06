/** Edits of JSON documents as data: where, and what happens there. */
import * as fc from "fast-check";
import { isArray, isObject, type JsonValue, jsonObject } from "../../../protocol/json.ts";
import { formatUtc } from "../../../protocol/tuf/fields.ts";

/** What is done to the value that an edit finds. */
export type Change =
  | { readonly kind: "set"; readonly value: JsonValue }
  | { readonly kind: "delete" }
  | { readonly kind: "rename"; readonly to: string }
  | { readonly kind: "add"; readonly name: string; readonly value: JsonValue }
  | { readonly kind: "stringify" }
  | { readonly kind: "shift"; readonly by: number }
  | { readonly kind: "repeat" }
  | { readonly kind: "date"; readonly hours: number; readonly form: DateForm };

/** An edit of the nth value with that field name; of any, if there is no such field. */
export interface Edit {
  readonly field?: string;
  readonly nth: number;
  readonly change: Change;
}

type Path = readonly (string | number)[];

export const dateForms = [
  "plain",
  "milliseconds",
  "offset",
  "space",
  "day",
  "lower case",
  "rfc 2822",
  "year 10000",
  "february 30",
] as const;
export type DateForm = (typeof dateForms)[number];

function dateOf(milliseconds: number, form: DateForm): string {
  const text = formatUtc(milliseconds);
  switch (form) {
    case "plain":
      return text;
    case "milliseconds":
      return text.replace("Z", ".500Z");
    case "offset":
      return text.replace("Z", "+00:00");
    case "space":
      return text.replace("T", " ");
    case "day":
      return text.slice(0, 10);
    case "lower case":
      return text.toLowerCase();
    case "rfc 2822":
      return new Date(milliseconds).toUTCString();
    case "year 10000":
      return text.replace(/^\d{4}/, "+010000");
    case "february 30":
      return text.replace(/^(\d{4})-\d\d-\d\d/, "$1-02-30").replace(/^\d{4}/, "2999");
  }
}

function pathsIn(value: JsonValue, field: string | undefined, here: Path = []): Path[] {
  const entries: [string | number, JsonValue][] = isArray(value)
    ? value.map((item, index) => [index, item])
    : isObject(value)
      ? Object.entries(value)
      : [];
  return entries.flatMap(([name, item]) => {
    const path = [...here, name];
    const found = field === undefined || name === field ? [path] : [];
    return [...found, ...pathsIn(item, field, path)];
  });
}

type Replace = (name: string | number, value: JsonValue) => readonly [string | number, JsonValue][];

function replaceAt(value: JsonValue, path: Path, replace: Replace): JsonValue {
  const [first, ...rest] = path;
  const step = (name: string | number, item: JsonValue) => {
    if (name !== first) return [[name, item] as const];
    return rest.length === 0
      ? replace(name, item)
      : [[name, replaceAt(item, rest, replace)] as const];
  };
  if (isArray(value)) {
    return value.flatMap((item, index) => step(index, item).map(([, kept]) => kept));
  }
  if (!isObject(value)) return value;
  return jsonObject(
    Object.entries(value).flatMap(([name, item]) =>
      step(name, item).map(([key, kept]) => [String(key), kept] as const),
    ),
  );
}

function changed(change: Change, now: number): Replace {
  return (name, value) => {
    switch (change.kind) {
      case "set":
        return [[name, change.value]];
      case "delete":
        return [];
      case "rename":
        return [[change.to, value]];
      case "add":
        return isObject(value)
          ? [[name, jsonObject([...Object.entries(value), [change.name, change.value]])]]
          : [
              [name, value],
              [change.name, change.value],
            ];
      case "stringify":
        return [[name, JSON.stringify(value)]];
      case "shift":
        return [[name, typeof value === "number" ? value + change.by : value]];
      case "repeat":
        return isArray(value)
          ? [[name, [...value, ...value.slice(0, 1)]]]
          : [
              [name, value],
              [`${name}`, value],
            ];
      case "date":
        return [[name, dateOf(now + change.hours * 3_600_000, change.form)]];
    }
  };
}

/**
 * The document with the edit made in it.
 *
 * @param now milliseconds since 1970, for dates
 */
export function applyEdit(document: JsonValue, edit: Edit, now: number): JsonValue {
  const named = pathsIn(document, edit.field);
  const paths = named.length === 0 ? pathsIn(document, undefined) : named;
  const path = paths[edit.nth % Math.max(1, paths.length)];
  return path === undefined ? document : replaceAt(document, path, changed(edit.change, now));
}

const oddNames = ["constructor", "__proto__", "toString", "hasOwnProperty", "", "x".repeat(1100)];

const oddValues: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2,
  1.5,
  1e21,
  2 ** 53,
  "",
  "0",
  "1",
  "x",
  [],
  {},
  [{}],
  [1],
  { sha256: "0" },
  "e\u0301",
  "\u0000",
  "\ud800",
  "\u{10000}",
  'é\\"',
  "y".repeat(1100),
];

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      value: fc.constantFrom(...oddValues, ...oddNames),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "delete" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("rename" as const),
      to: fc.constantFrom(...oddNames),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      name: fc.constantFrom(...oddNames, "extra", "custom", "\u{10000}", "\uffff", "7"),
      value: fc.constantFrom(...oddValues),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "stringify" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("shift" as const),
      by: fc.constantFrom(-2, -1, 1, 0.5, 2 ** 53),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "repeat" as const }) },
);

const fields = [
  "version",
  "threshold",
  "length",
  "hashes",
  "sha256",
  "keyids",
  "keys",
  "keyval",
  "public",
  "scheme",
  "keytype",
  "_type",
  "spec_version",
  "name",
  "paths",
  "path_hash_prefixes",
  "terminating",
  "consistent_snapshot",
  "roles",
  "delegations",
  "targets",
  "meta",
  "snapshot.json",
  "targets.json",
  "bit_length",
  "name_prefix",
  "succinct_roles",
  "expires",
] as const;

const dates: fc.Arbitrary<Edit> = fc.record({
  field: fc.constant("expires"),
  nth: fc.constant(0),
  change: fc.record({
    kind: fc.constant("date" as const),
    hours: fc.constantFrom(-48, -3, 3, 48),
    form: fc.constantFrom(...dateForms),
  }),
});

/** Edits that clients are likely to take differently. */
export const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 2, arbitrary: dates },
  {
    weight: 5,
    arbitrary: fc.record({ field: fc.constantFrom(...fields), nth: fc.nat(8), change }),
  },
  { weight: 2, arbitrary: fc.record({ nth: fc.nat(400), change }) },
);
