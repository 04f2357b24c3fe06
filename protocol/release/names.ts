/**
 * Names that are safe on every system a release may land on (design.md, The repository). Checked
 * when a release is proposed and again when it is installed.
 */
import { VouchsafeError } from "../errors.ts";

const databaseForm = /^[a-z0-9][a-z0-9-]{0,40}$/;
const segmentForm = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const binForm = /^(.+)-[0-9a-f]+$/;
const controls = /[\u0000-\u001f\u007f-\u009f]/;
const maxPathLength = 200;
const maxSegmentLength = 120;

const reservedDatabases: ReadonlySet<string> = new Set([
  "root",
  "timestamp",
  "snapshot",
  "targets",
  "halt",
  "agent",
]);

/** Windows' device names, with or without an extension. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$|clock\$)(?:\.|$)/i;

function invalid(message: string): VouchsafeError {
  return new VouchsafeError("names.invalid", message);
}

/**
 * Throws `names.invalid` unless the name may be a database's.
 *
 * @param name hostile; quoted in the message only in part
 */
export function checkDatabaseName(name: string): void {
  if (!databaseForm.test(name)) {
    throw invalid(
      `"${name.slice(0, 60)}" is no database name: up to 41 of a-z, 0-9 and "-", not "-" first.`,
    );
  }
  if (reservedDatabases.has(name)) throw invalid(`The database name "${name}" is reserved.`);
  if (binForm.test(name)) {
    throw invalid(`The database name "${name}" could be taken for a bin: it ends like "-0f".`);
  }
}

/** Throws `names.invalid` unless the text is NFC and holds no control characters. */
export function checkSignedText(text: string, what: string, maxLength: number): void {
  if (text.length > maxLength) throw invalid(`The ${what} is longer than ${maxLength} characters.`);
  if (controls.test(text)) throw invalid(`The ${what} holds a control character.`);
  if (!text.isWellFormed() || text.normalize("NFC") !== text) {
    throw invalid(`The ${what} is not Unicode in form NFC.`);
  }
}

function checkSegment(segment: string, path: string): void {
  if (!segmentForm.test(segment) || segment.length > maxSegmentLength) {
    throw invalid(
      `The path "${path}" has a part that is not up to ${maxSegmentLength} of A-Z a-z 0-9 . _ -.`,
    );
  }
  if (segment.endsWith(".")) throw invalid(`The path "${path}" has a part that ends in a dot.`);
  if (deviceName.test(segment)) {
    throw invalid(`The path "${path}" has a part that is a device name on Windows.`);
  }
}

/** Throws `names.invalid` unless the path, relative to its database, is safe everywhere. */
export function checkPath(path: string): void {
  if (path.length > maxPathLength) {
    throw invalid(`The path "${path.slice(0, 60)}…" is longer than ${maxPathLength} characters.`);
  }
  const shown = JSON.stringify(path).slice(1, -1);
  for (const segment of path.split("/")) checkSegment(segment, shown);
}

/**
 * Throws `names.invalid` unless the paths are safe together: each one is, no two differ only by
 * case, and none is a file where another needs a folder. Linear in their total length.
 */
export function checkPaths(paths: Iterable<string>): void {
  const files = new Map<string, string>();
  for (const path of paths) {
    checkPath(path);
    const folded = path.toLowerCase();
    const twin = files.get(folded);
    if (twin !== undefined) throw invalid(`The paths "${twin}" and "${path}" differ only by case.`);
    files.set(folded, path);
  }
  const folders = new Map<string, string>();
  for (const [folded, path] of files) {
    for (let slash = folded.indexOf("/"); slash >= 0; slash = folded.indexOf("/", slash + 1)) {
      const folder = folded.slice(0, slash);
      const file = files.get(folder);
      if (file !== undefined) throw invalid(`"${file}" is a file, but "${path}" needs a folder.`);
      const spelled = path.slice(0, slash);
      const other = folders.get(folder);
      if (other !== undefined && other !== spelled) {
        throw invalid(`The folders "${other}" and "${spelled}" differ only by case.`);
      }
      folders.set(folder, spelled);
    }
  }
}
