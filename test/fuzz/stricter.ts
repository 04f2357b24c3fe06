/**
 * The named points where our client and tuf-js differ. Each has a reason; whatever else differs is
 * a defect. `stricter`: we refuse what tuf-js takes. `laxer`: the other way round, which needs a
 * defect of tuf-js or a sentence of the specification.
 */
import type { Case, Verdict } from "./differential/case.ts";
import type { Mutation } from "./differential/mutations.ts";

/** A case that the clients take differently. */
export interface Disagreement extends Verdict {
  readonly one: Case;
}

/** One way in which the clients differ. */
export interface NamedPoint {
  readonly name: string;
  readonly side: "stricter" | "laxer";
  readonly reason: string;
  readonly holds: (found: Disagreement) => boolean;
}

const has = (one: Case, test: (mutation: Mutation) => boolean) => one.mutations.some(test);

const editsSigned = (mutation: Mutation) => mutation.kind === "edit";

/** We refuse the form of something that was edited. */
const form =
  (pattern: RegExp) =>
  ({ ours, one }: Disagreement): boolean =>
    ours.error !== undefined &&
    ours.error.startsWith("trust.format: ") &&
    pattern.test(ours.error) &&
    has(one, editsSigned);

const refusesSignature = ({ ours }: Disagreement) =>
  ours.error?.startsWith("trust.signature: ") ?? false;

const stricter: readonly NamedPoint[] = [
  {
    name: "expiry in one form only",
    side: "stricter",
    reason: "TUF 4.1: dates follow ISO 8601 as YYYY-MM-DDTHH:MM:SSZ; tuf-js takes what Date takes.",
    holds: form(/: expires is (?:not a moment|longer than 20)/),
  },
  {
    name: "whole numbers of at least their minimum",
    side: "stricter",
    reason: "TUF 4.3–4.6: VERSION is an integer greater than 0, LENGTH an integer.",
    holds: form(/is not a whole number of at least \d/),
  },
  {
    name: "digests that can be checked",
    side: "stricter",
    reason: "TUF 4.4, 4.5: HASHES holds one or more digests; with none nothing binds the bytes.",
    holds: form(
      /has neither sha256 nor sha512|is not a digest in lower-case hex|digest that cannot be checked/,
    ),
  },
  {
    name: "version of the specification",
    side: "stricter",
    reason: "TUF 4.1: spec_version is a semantic version; tuf-js takes anything numeric.",
    holds: form(/: spec_version/),
  },
  {
    name: "exactly the four roles",
    side: "stricter",
    reason: "TUF 4.3: ROLE is one of root, snapshot, targets, timestamp.",
    holds: form(/are not exactly root, timestamp, snapshot and targets/),
  },
  {
    name: "custom is an object",
    side: "stricter",
    reason: "TUF 4.5: CUSTOM is an object.",
    holds: form(/: custom is not an object/),
  },
  {
    name: "one kind of paths",
    side: "stricter",
    reason: "TUF 4.5: exactly one of paths and path_hash_prefixes; tuf-js takes neither.",
    holds: form(/needs either paths or path_hash_prefixes/),
  },
  {
    name: "roles or succinct roles",
    side: "stricter",
    reason: "TAP 15: delegations have either roles or succinct_roles.",
    holds: form(/has both roles and succinct_roles|delegations: roles is not a list/),
  },
  {
    name: "objects where objects are due",
    side: "stricter",
    reason: "TUF 4: tuf-js takes a list, or nothing, where the format has an object.",
    holds: form(/ is not an object| lacks "/),
  },
  {
    name: "names that are not empty",
    side: "stricter",
    reason: "TUF 4.5: a path or role without a name addresses nothing.",
    holds: form(/has an empty path or one that is too long|has no name/),
  },
  {
    name: "bounded names",
    side: "stricter",
    reason: "Hostile input is bounded (protocol/tuf/limits.ts); tuf-js bounds whole files only.",
    holds: form(/is longer than \d+ characters|has more than \d+ /),
  },
  {
    name: "well-formed text and numbers",
    side: "stricter",
    reason:
      "Canonical JSON knows UTF-8 text and integers only; others sign other bytes than meant.",
    holds: ({ ours }) =>
      ours.error !== undefined &&
      /^trust\.format: .*(?:half a character|not JSON in UTF-8|of safe size)/.test(ours.error),
  },
  {
    name: "a key counts once",
    side: "stricter",
    reason: "TUF 4.2.1: a threshold is of unique keys; tuf-js counts one key under two ids twice.",
    holds: (found) =>
      refusesSignature(found) &&
      has(found.one, (one) => one.kind === "keys" && one.trick.startsWith("alias")),
  },
  {
    name: "Ed25519 keys in hex",
    side: "stricter",
    reason: "TUF 4.2: an ed25519 key's public is 64 hex digits; tuf-js takes PEM too.",
    holds: (found) =>
      refusesSignature(found) &&
      has(found.one, (one) => one.kind === "keys" && one.trick === "Ed25519 in PEM"),
  },
  {
    name: "a scheme that fits its key",
    side: "stricter",
    reason: "TUF 4.2: SCHEME says how the key signs; tuf-js ignores that of Ed25519 keys.",
    holds: (found) =>
      refusesSignature(found) &&
      has(
        found.one,
        (one) =>
          (one.kind === "keys" && one.trick === "scheme of another type") ||
          (one.kind === "edit" && one.signed),
      ),
  },
  {
    name: "the bytes that were signed",
    side: "stricter",
    reason:
      "TUF 4.2: signatures are over the signed part; tuf-js checks what it would write itself.",
    holds: (found) =>
      refusesSignature(found) && has(found.one, (one) => one.kind === "edit" && !one.signed),
  },
  {
    name: "signatures in hex, to the end",
    side: "stricter",
    reason: "TUF 4.2: SIGNATURE is hex; Buffer.from stops at the first other character.",
    holds: (found) =>
      refusesSignature(found) &&
      has(
        found.one,
        (one) =>
          one.kind === "signatures" &&
          (one.change === "trailing junk" || one.change === "odd length"),
      ),
  },
  {
    name: "roles at hand count by their sha256",
    side: "stricter",
    reason:
      "TUF 5.6.1: without a listed sha256 a delegated role is fetched again; tuf-js takes its copy.",
    holds: ({ ours, one }) =>
      ours.refreshed &&
      ours.error !== undefined &&
      one.seen > 0 &&
      (one.spec.listing.hashes === "none" || one.spec.listing.hashes === "sha512"),
  },
  {
    name: "targets by own name only",
    side: "stricter",
    reason: "tuf-js looks a target up in a plain object and finds what Object.prototype has.",
    holds: ({ theirs }) => theirs.target?.includes("undefined") ?? false,
  },
];

const laxer: readonly NamedPoint[] = [
  {
    name: "a timestamp that is known ends the check",
    side: "laxer",
    reason:
      "TUF 5.3 walks the roots first; here the same timestamp, as a 304, leaves what is trusted and unexpired in force, and tells of nothing that could be installed.",
    holds: ({ ours, one }) =>
      ours.refreshed &&
      one.seen > 0 &&
      has(one, (mutation) => mutation.kind === "serve" && mutation.place === "timestamp"),
  },
  {
    name: "recovery when the online keys were rotated",
    side: "laxer",
    reason: "TUF 5.3.11 deletes what rotated keys had signed; tuf-js goes on comparing with it.",
    holds: ({ theirs, one }) =>
      one.seen > 0 &&
      /Missing file .* in new snapshot|is less than current version/.test(theirs.error ?? "") &&
      one.spec.publications.some(({ root }) => root === "timestamp" || root === "snapshot"),
  },
  {
    name: "other digests of a target",
    side: "laxer",
    reason:
      "TUF 4.1: what is not known is kept, not judged; the sha256 or sha512 binds the target.",
    holds: ({ theirs, one }) =>
      /hashes must have string keys and values/.test(theirs.error ?? "") && has(one, editsSigned),
  },
  {
    name: "no word on consistent snapshots",
    side: "laxer",
    reason: "TUF 6.2 is optional: the reference implementation too takes silence for `false`.",
    holds: ({ theirs, one }) =>
      /consistent_snapshot must be a boolean/.test(theirs.error ?? "") && has(one, editsSigned),
  },
  {
    name: "fields that TUF does not name",
    side: "laxer",
    reason: "TUF 4.1: undefined pairs are kept, not judged; tuf-js wants strings beside `public`.",
    holds: ({ theirs, one }) =>
      /keyval must be a string record/.test(theirs.error ?? "") && has(one, editsSigned),
  },
  {
    name: "key ids that are names of Object.prototype",
    side: "laxer",
    reason: "TUF 4.2 lets a key id be any string; tuf-js takes `constructor` for a double.",
    holds: ({ theirs }) => {
      const [, keyId] = /multiple signatures found for keyid: (\w+)/.exec(theirs.error ?? "") ?? [];
      return keyId !== undefined && keyId in Object.prototype;
    },
  },
];

/** Every named point. */
export const namedPoints: readonly NamedPoint[] = [...stricter, ...laxer];

/** Whether a point's side fits: the stricter one got less far. */
function sideFits(point: NamedPoint, { ours, theirs }: Disagreement): boolean {
  const reach = (outcome: { refreshed: boolean; target?: string }) =>
    Number(outcome.refreshed) + Number(outcome.target !== undefined);
  const [less, more] = point.side === "stricter" ? [ours, theirs] : [theirs, ours];
  return reach(less) < reach(more);
}

/** The point that explains a disagreement, if one does. */
export function pointOf(found: Disagreement): NamedPoint | undefined {
  if (found.ours.crash !== undefined) return undefined;
  return namedPoints.find((point) => sideFits(point, found) && point.holds(found));
}
