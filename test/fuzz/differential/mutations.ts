/** What an attacker, or a careless maker, may do to the last publication; as data. */
import * as fc from "fast-check";
import { type Edit, edit } from "./json-edits.ts";
import { type KeyTrick, keyTricks } from "./signing.ts";

/** A role by its place on the way to the path that is looked up. */
export const places = ["root", "timestamp", "snapshot", "targets", "database", "part"] as const;
export type Place = (typeof places)[number];

export const signatureChanges = [
  "drop",
  "drop all",
  "double",
  "foreign",
  "swap ids",
  "add group order",
  "negate s",
  "upper case",
  "trailing junk",
  "odd length",
  "empty",
  "zeros",
  "cut",
  "prototype id",
  "not an object",
] as const;
export type SignatureChange = (typeof signatureChanges)[number];

export const textChanges = [
  "flip",
  "insert",
  "delete",
  "truncate",
  "byte order mark",
  "trailing junk",
  "white space",
  "key twice",
  "invalid UTF-8",
  "pad",
] as const;
export type TextChange = (typeof textChanges)[number];

/** One falsification. `listed`: the parent lists what is served; else what was there before. */
export type Mutation =
  | {
      readonly kind: "edit";
      readonly place: Place;
      readonly edit: Edit;
      readonly signed: boolean;
      readonly listed: boolean;
    }
  | {
      readonly kind: "signatures";
      readonly place: Place;
      readonly change: SignatureChange;
      readonly nth: number;
      readonly listed: boolean;
    }
  | { readonly kind: "keys"; readonly place: Place; readonly trick: KeyTrick }
  | {
      readonly kind: "text";
      readonly place: Place;
      readonly change: TextChange;
      readonly at: number;
      readonly value: number;
      readonly listed: boolean;
    }
  /** Serves another file: of an earlier publication, of another role, or none. */
  | {
      readonly kind: "serve";
      readonly place: Place;
      readonly what: "older" | "none" | Place;
      readonly back: number;
    };

const place = fc.constantFrom(...places);

/** Mostly listed: what is not listed is refused by the hash, and shows little. */
const listed = fc.constantFrom(true, true, true, false);

/** Any mutation. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("edit" as const),
      place,
      edit,
      signed: fc.constantFrom(true, true, true, false),
      listed,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("signatures" as const),
      place,
      change: fc.constantFrom(...signatureChanges),
      nth: fc.nat(3),
      listed,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("keys" as const),
      place,
      trick: fc.constantFrom(...keyTricks),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("text" as const),
      place,
      change: fc.constantFrom(...textChanges),
      at: fc.nat(100_000),
      value: fc.nat(255),
      listed,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("serve" as const),
      place,
      what: fc.constantFrom("older" as const, "older" as const, "none" as const, ...places),
      back: fc.integer({ min: 1, max: 3 }),
    }),
  },
);
