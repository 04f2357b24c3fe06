/** `publisher.json`: what a working folder says of itself. */
import { resolve } from "node:path";
import { z } from "zod";
import { readFileIfExists, writeFileDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { isSha256, type Sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { JsonValue } from "../../protocol/json.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { type Layout, modes } from "./layout.ts";
import { readDocument } from "./read-document.ts";

const days = (preset: number) => z.number().int().min(1).max(3650).default(preset);

/** How long metadata lives, in days (design.md, Expiry by default). */
const expiryDays = z.strictObject({
  root: days(365),
  targets: days(90),
  database: days(90),
  halt: days(30),
  snapshot: days(14),
  timestamp: days(3),
});

/** How many releases deltas lead from where nothing else is set. */
export const defaultDeltaReleases = 8;

const schema = z.strictObject({
  format: z.literal(1),
  /** SHA-256 of 1.root.json. */
  repository: z.custom<Sha256>((value) => typeof value === "string" && isSha256(value), {
    error: "is not a sha256",
  }),
  /** Folder of the key files, relative to the working folder. */
  keys: z.string().min(1).max(4096),
  expiryDays: expiryDays.prefault({}),
  /** Deltas lead from so many releases before a new one. */
  deltaReleases: z.number().int().min(0).max(64).default(defaultDeltaReleases),
});

export type Settings = z.output<typeof schema>;
export type ExpiringRole = keyof Settings["expiryDays"];

const maxSettingsBytes = 64 * 1024;

/** How long metadata lives where nothing else is set. */
export const defaultExpiryDays: Settings["expiryDays"] = expiryDays.parse({});

/**
 * Reads the settings of a working folder.
 * @throws VouchsafeError config.missing, config.syntax, config.invalid, format.newer, disk.*
 */
export async function readSettings(fs: FileSystem, layout: Layout): Promise<Settings> {
  const bytes = await readFileIfExists(fs, layout.settings, maxSettingsBytes);
  if (bytes === undefined) {
    const message = `${layout.dir} is not a publisher's folder: it has no publisher.json.`;
    throw new VouchsafeError("config.missing", message);
  }
  return readDocument(bytes, maxSettingsBytes, layout.settings, schema, {
    syntax: "config.syntax",
    invalid: "config.invalid",
  });
}

/** Writes the settings of a new folder. */
export async function writeSettings(
  fs: FileSystem,
  path: string,
  settings: Settings,
): Promise<void> {
  await writeDocument(fs, path, { ...settings });
}

/** Writes a document of the working folder, one value a line. */
export async function writeDocument(
  fs: FileSystem,
  path: string,
  document: JsonValue,
): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`);
  await writeFileDurable(fs, path, bytes, { mode: modes.workFile });
}

/** The folder of the key files, absolute. */
export function keysDir(layout: Layout, settings: Settings): string {
  return resolve(layout.dir, settings.keys);
}

/** When metadata of that role, made now, expires. */
export function expiryOf(
  settings: Pick<Settings, "expiryDays">,
  role: ExpiringRole,
  now: Date,
): string {
  return formatUtc(now.getTime() + settings.expiryDays[role] * 86_400_000);
}
