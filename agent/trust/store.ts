/**
 * The trust store on disk: metadata files by digest in `files/`, and one small `trust.json` that
 * names those which count. Replacing `trust.json` is the only switch, so the store is always one
 * generation, whole; a file that does not have the digest it is named by counts as missing.
 */
import { join } from "node:path";
import {
  makeDirDurable,
  readFileIfExists,
  removeTemporaries,
  writeFileDurable,
} from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { isSha256, type Sha256, sha256 } from "../../protocol/bytes.ts";
import { fileText } from "../../protocol/canonical.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { type JsonObject, own, parseJson } from "../../protocol/json.ts";
import { integerAt, objectAt, stringAt } from "../../protocol/tuf/fields.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { topLevelRoles } from "../../protocol/tuf/types.ts";
import { decodeMarks, encodeMarks, type Marks, marksMaxBytes, parseMarks } from "./marks.ts";
import type { Validators } from "./types.ts";

/** The exact bytes of what is trusted, by role: `root`, `timestamp`, `snapshot`, `targets`, … */
export type TrustFiles = ReadonlyMap<string, Buffer>;

/** One generation of trust. */
export interface StoredTrust {
  readonly repository: Sha256;
  /** When loaded only the top-level roles; the others are read when they are asked for. */
  readonly files: TrustFiles;
  /** Roles whose bytes the store keeps, by digest, beside `files`. */
  readonly kept: ReadonlyMap<string, Sha256>;
  /** What the mirror gave with the timestamp. */
  readonly validators?: Validators;
  readonly marks: Marks;
}

/** Where the store lies. */
export interface StorePlaces {
  /** `<state>/trust`, 0700. */
  readonly dir: string;
  /** The second copy of the marks, beside the databases. */
  readonly marksFile: string;
}

const format = 1;
const pointerMaxBytes = 8_000_000;

/** Where the store keeps the bytes with that digest. */
export const blobPath = (dir: string, digest: Sha256): string => join(dir, "files", digest);

function encodeValidators({ origin, etag, lastModified }: Validators): JsonObject {
  return {
    origin,
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

function decodeValidators(object: JsonObject): Validators {
  const etag = own(object, "etag");
  const lastModified = own(object, "lastModified");
  return {
    origin: stringAt(own(object, "origin"), "validators: origin", 2048),
    ...(etag === undefined ? {} : { etag: stringAt(etag, "validators: etag", 1024) }),
    ...(lastModified === undefined
      ? {}
      : { lastModified: stringAt(lastModified, "validators: lastModified", 128) }),
  };
}

/** Refuses a pointer of a newer program before anything else of it is read. */
function checkFormat(object: JsonObject): void {
  const found = integerAt(own(object, "format"), "trust.json: format", 1);
  if (found <= format) return;
  throw new VouchsafeError(
    "format.newer",
    `The trust store has format ${found}; this program knows formats up to ${format}.`,
  );
}

/** The stored bytes with that digest, or undefined when they are missing or damaged. */
export async function readBlob(
  fs: FileSystem,
  dir: string,
  digest: Sha256,
): Promise<Buffer | undefined> {
  const bytes = await readFileIfExists(fs, blobPath(dir, digest), limits.targetsBytes);
  return bytes !== undefined && sha256(bytes) === digest ? bytes : undefined;
}

function decodeDigests(object: JsonObject): Map<string, Sha256> {
  const digests = new Map<string, Sha256>();
  for (const [role, digest] of Object.entries(object)) {
    if (typeof digest === "string" && isSha256(digest)) digests.set(role, digest);
  }
  return digests;
}

/** Reads the store; damaged or missing parts are left out. Throws `format.newer`, `disk.*`. */
async function readPointer(fs: FileSystem, dir: string): Promise<StoredTrust | undefined> {
  const bytes = await readFileIfExists(fs, join(dir, "trust.json"), pointerMaxBytes);
  if (bytes === undefined) return undefined;
  try {
    const object = objectAt(parseJson(bytes, pointerMaxBytes), "trust.json");
    checkFormat(object);
    const repository = stringAt(own(object, "repository"), "trust.json: repository", 64);
    if (!isSha256(repository)) return undefined;
    const kept = decodeDigests(objectAt(own(object, "files"), "files"));
    const files = new Map<string, Buffer>();
    const read = topLevelRoles.map(async (role) => {
      const digest = kept.get(role);
      return [role, digest && (await readBlob(fs, dir, digest))] as const;
    });
    for (const [role, blob] of await Promise.all(read)) {
      if (blob !== undefined) files.set(role, blob);
      kept.delete(role);
    }
    const validators = own(object, "validators");
    const marks = decodeMarks(objectAt(own(object, "marks"), "marks"));
    return {
      repository,
      files,
      kept,
      marks,
      ...(validators === undefined
        ? {}
        : { validators: decodeValidators(objectAt(validators, "validators")) }),
    };
  } catch (error) {
    if (error instanceof VouchsafeError && error.code === "trust.format") return undefined;
    throw error;
  }
}

/** What the store holds, and the marks of both places. */
export interface LoadedTrust {
  readonly stored: StoredTrust | undefined;
  readonly besideMarks: Marks | undefined;
}

/** Loads the store. Damage is not an error here: the caller starts again from the bootstrap root. */
export async function loadTrust(fs: FileSystem, places: StorePlaces): Promise<LoadedTrust> {
  const stored = await readPointer(fs, places.dir);
  const bytes = await readFileIfExists(fs, places.marksFile, marksMaxBytes);
  return { stored, besideMarks: bytes === undefined ? undefined : parseMarks(bytes) };
}

/** Removes files that `trust.json` does not name, and what a crash left. */
async function collectGarbage(fs: FileSystem, dir: string, keep: ReadonlySet<string>) {
  const folder = join(dir, "files");
  await removeTemporaries(fs, dir);
  await removeTemporaries(fs, folder);
  for (const name of await fs.readdir(folder)) {
    if (!keep.has(name)) await fs.unlink(join(folder, name));
  }
}

/** Makes a generation the trusted one, durably; marks beside the databases first. */
export async function saveTrust(
  fs: FileSystem,
  places: StorePlaces,
  next: StoredTrust,
): Promise<void> {
  const { dir, marksFile } = places;
  await makeDirDurable(fs, join(dir, "files"), 0o700);
  const marks = encodeMarks(next.marks);
  await saveMarks(fs, marksFile, next.marks);
  const present = new Set(await fs.readdir(join(dir, "files")));
  const digests = new Map(next.kept);
  const files = Array.from(next.files, ([role, bytes]) => ({ role, bytes, digest: sha256(bytes) }));
  const isWhole = async (digest: Sha256): Promise<boolean> =>
    present.has(digest) && (await readBlob(fs, dir, digest)) !== undefined;
  const whole = await Promise.all(files.map(({ digest }) => isWhole(digest)));
  for (const [index, { role, bytes, digest }] of files.entries()) {
    digests.set(role, digest);
    if (whole[index] === true) continue;
    await writeFileDurable(fs, blobPath(dir, digest), bytes, { mode: 0o600 });
  }
  const pointer = fileText({
    format,
    repository: next.repository,
    files: Object.fromEntries(digests),
    marks,
    ...(next.validators === undefined ? {} : { validators: encodeValidators(next.validators) }),
  });
  await writeFileDurable(fs, join(dir, "trust.json"), Buffer.from(pointer), { mode: 0o600 });
  await collectGarbage(fs, dir, new Set(digests.values()));
}

/** Writes the marks beside the databases, durably. */
export async function saveMarks(fs: FileSystem, marksFile: string, marks: Marks): Promise<void> {
  const bytes = Buffer.from(fileText(encodeMarks(marks)));
  await writeFileDurable(fs, marksFile, bytes, { mode: 0o644 });
}
