/** Reading the small JSON documents of a working folder: bounded, of a known format, checked. */
import type { z } from "zod";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { isObject, type JsonValue, own, parseJson } from "../../protocol/json.ts";

/** The newest format that this program writes and reads. */
const newestFormat = 1;

/** Codes for a document that is not JSON, and for one that says what it may not. */
export interface DocumentCodes {
  readonly syntax: ErrorCode;
  readonly invalid: ErrorCode;
}

const stateCodes: DocumentCodes = {
  syntax: "repository.incomplete",
  invalid: "repository.incomplete",
};

function parseText(bytes: Buffer, maxBytes: number, path: string, code: ErrorCode): JsonValue {
  try {
    return parseJson(bytes, maxBytes);
  } catch (cause) {
    throw new VouchsafeError(code, `${path} is not a JSON document.`, { cause });
  }
}

/**
 * A document that lies at `path` as a value of the schema.
 * @throws VouchsafeError format.newer, and the codes given
 */
export function readDocument<T>(
  bytes: Buffer,
  maxBytes: number,
  path: string,
  schema: z.ZodType<T>,
  codes: DocumentCodes = stateCodes,
): T {
  const value = parseText(bytes, maxBytes, path, codes.syntax);
  const format = isObject(value) ? own(value, "format") : undefined;
  if (typeof format === "number" && format > newestFormat) {
    const message = `${path} has format ${format}, which this program does not know.`;
    throw new VouchsafeError("format.newer", message);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.map(String).join(".") ?? "";
  const what = issue?.message.replace(/\.$/, "") ?? "is malformed";
  throw new VouchsafeError(codes.invalid, `${path}: ${where === "" ? what : `${where}: ${what}`}.`);
}
