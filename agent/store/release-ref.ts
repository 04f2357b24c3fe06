/** A release as state files and outcomes name it. */
import { isSha256, type Sha256 } from "../../protocol/bytes.ts";
import type { JsonObject, JsonValue } from "../../protocol/json.ts";
import { formatError, integerAt, objectAt, required, stringAt } from "../../protocol/tuf/fields.ts";

export interface ReleaseRef {
  readonly version: number;
  readonly label: string;
  /** SHA-256 of the role's metadata file. */
  readonly digest: Sha256;
}

/** A SHA-256 at a place of a document. Throws `trust.format`. */
export function digestAt(value: JsonValue | undefined, where: string): Sha256 {
  const text = stringAt(value, where, 64);
  if (isSha256(text)) return text;
  throw formatError(where, "is not a sha256");
}

/** Throws `trust.format`. */
export function parseReleaseRef(value: JsonValue | undefined): ReleaseRef {
  const object = objectAt(value, "release");
  return {
    version: integerAt(required(object, "version", "release"), "version", 1),
    label: stringAt(required(object, "label", "release"), "label", 256),
    digest: digestAt(required(object, "digest", "release"), "digest"),
  };
}

export function encodeReleaseRef({ version, label, digest }: ReleaseRef): JsonObject {
  return { version, label, digest };
}
