/**
 * Small JSON files of state: written durably, read bounded, `format` looked at before anything
 * else. A damaged one is a value, not an error: each caller knows what may be rebuilt.
 */
import { readFileIfExists, writeFileDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { isObject, type JsonObject, own, parseJson } from "../../protocol/json.ts";

/** The one format that this program writes. */
export const stateFormat = 1;

/** What reading a state file gave. */
export type StateFile<T> =
  | { readonly kind: "missing" }
  | { readonly kind: "damaged" }
  | { readonly kind: "ok"; readonly value: T };

function isDamage(error: unknown): boolean {
  if (!(error instanceof VouchsafeError)) return false;
  return ["trust.format", "names.invalid", "disk.too-large"].includes(error.code);
}

/**
 * Reads a state file.
 *
 * @param parse throws `trust.format` on what it does not understand
 * @throws VouchsafeError `format.newer`, `disk.*`
 */
export async function readStateFile<T>(
  fs: FileSystem,
  path: string,
  maxBytes: number,
  parse: (object: JsonObject) => T,
): Promise<StateFile<T>> {
  try {
    const bytes = await readFileIfExists(fs, path, maxBytes);
    if (bytes === undefined) return { kind: "missing" };
    const object = parseJson(bytes, maxBytes);
    if (!isObject(object)) return { kind: "damaged" };
    const format = own(object, "format");
    if (typeof format === "number" && format > stateFormat) {
      const message = `${path} has format ${format}; this program knows up to ${stateFormat}.`;
      throw new VouchsafeError("format.newer", message);
    }
    if (format !== stateFormat) return { kind: "damaged" };
    return { kind: "ok", value: parse(object) };
  } catch (error) {
    if (isDamage(error)) return { kind: "damaged" };
    throw error;
  }
}

/** Writes a state file, durably. Throws `disk.*`. */
export async function writeStateFile(
  fs: FileSystem,
  path: string,
  value: JsonObject,
  mode: number,
): Promise<void> {
  const text = `${JSON.stringify({ format: stateFormat, ...value })}\n`;
  await writeFileDurable(fs, path, Buffer.from(text), { mode });
}
