/**
 * The canary of a release: a signature that matches one string and nothing else, so that an
 * engine that finds the string has loaded exactly this release (docs/consumers.md). The publisher
 * writes the signature; the agent derives the same string and has it scanned.
 */
import { createHash } from "node:crypto";
import { type Sha256, sha256 } from "../bytes.ts";
import { VouchsafeError } from "../errors.ts";
import { isObject, type JsonObject, jsonObject, own } from "../json.ts";
import { formatError, objectAt, stringAt } from "../tuf/fields.ts";

/** Formats of ClamAV that a canary may have: a hash of the whole file, or a pattern of bytes. */
export const canaryKinds = ["hdb", "ndb"] as const;
export type CanaryKind = (typeof canaryKinds)[number];

/** What a canary stands for. */
export interface CanaryOf {
  readonly repository: Sha256;
  readonly database: string;
  /** Version of the release. */
  readonly version: number;
}

/** The canary's file, relative to the database. Its name sorts last: it is loaded last. */
export function canaryFile(kind: CanaryKind): string {
  return `zz-vouchsafe-canary.${kind}`;
}

/** The string that the canary matches: 81 ASCII characters, without an end of line. */
export function canaryText({ repository, database, version }: CanaryOf): string {
  return `vouchsafe-canary-${sha256(`vouchsafe canary\n${repository}\n${database}\n${version}\n`)}`;
}

/** The name under which an engine reports the canary; clamd adds `.UNOFFICIAL`. */
export function canaryName({ database, version }: CanaryOf): string {
  return `Vouchsafe.Canary.${database}.${version}`;
}

/** The content of the canary's file. */
export function canarySignature(kind: CanaryKind, of: CanaryOf): string {
  const text = canaryText(of);
  if (kind === "ndb") return `${canaryName(of)}:0:*:${Buffer.from(text).toString("hex")}\n`;
  const md5 = createHash("md5").update(text).digest("hex");
  return `${md5}:${text.length}:${canaryName(of)}\n`;
}

/** Whether the text names a format that a canary may have. */
export function isCanaryKind(text: string): text is CanaryKind {
  return canaryKinds.some((kind) => kind === text);
}

/** A format from what a person gave. Throws `usage.input`, naming what is allowed. */
export function makeCanaryKind(text: string): CanaryKind {
  if (isCanaryKind(text)) return text;
  const message = `"${text.slice(0, 60)}" is no format of a canary: it is ${canaryKinds.join(" or ")}.`;
  throw new VouchsafeError("usage.input", message);
}

/**
 * Which databases' releases carry a canary: the signed field `canaries` of the top-level targets,
 * `{"<database>": "hdb"}`, by its extra fields.
 *
 * @throws VouchsafeError `trust.format`
 */
export function readCanaryKinds(extra: JsonObject): ReadonlyMap<string, CanaryKind> {
  const field = own(extra, "canaries");
  if (field === undefined) return new Map();
  const entries = Object.entries(objectAt(field, "canaries")).map(([database, value]) => {
    const where = `canaries: ${database.slice(0, 60)}`;
    const kind = stringAt(value, where, 16);
    if (!isCanaryKind(kind)) throw formatError(where, "names no format that there is");
    return [database, kind] as const;
  });
  return new Map(entries);
}

/** The extra fields with one more database in `canaries`. */
export function withCanaryKind(extra: JsonObject, database: string, kind: CanaryKind): JsonObject {
  const field = own(extra, "canaries");
  const others = isObject(field) ? Object.entries(field) : [];
  return { ...extra, canaries: jsonObject([...others, [database, kind]]) };
}
