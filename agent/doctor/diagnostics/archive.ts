/** The archive of `agent diagnostics`: each part redacted and bounded, with a manifest of both. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { toVouchsafeError } from "../../../protocol/errors.ts";
import { paddingOf, tarEnd, tarHeader } from "../../../protocol/release/tar.ts";
import type { Redacted } from "./redact.ts";

/** A part of the archive. */
export interface Part {
  /** File name. */
  readonly name: string;
  /** What it is, for the manifest. */
  readonly about: string;
  /** Characters kept; of a longer text the end. */
  readonly maxLength: number;
  /** Its text. What it throws becomes the text. */
  readonly read: () => Promise<string>;
}

/** Bytes that an archive may have before it is compressed. */
export const maxArchiveBytes = 10_000_000;

const folder = "vouchsafe-diagnostics";
const compress = promisify(gzip);

/** A part as it is written. */
export interface WrittenPart {
  readonly name: string;
  readonly about: string;
  readonly bytes: Buffer;
  readonly isCut: boolean;
  readonly counts: Redacted["counts"];
}

async function readPart(
  { name, about, maxLength, read }: Part,
  redact: (text: string) => Redacted,
): Promise<WrittenPart> {
  const whole = await read().catch(
    (error: unknown) => `This could not be read: ${toVouchsafeError(error).message}\n`,
  );
  // Redacted before it is cut: half a secret would not be known any more.
  const { text, counts } = redact(whole);
  const isCut = text.length > maxLength;
  const kept = isCut ? text.slice(-maxLength) : text;
  return { name, about, bytes: Buffer.from(kept.toWellFormed()), isCut, counts };
}

function manifestOf(parts: readonly WrittenPart[], head: readonly string[]): string {
  const lines = parts.flatMap(({ name, about, bytes, isCut, counts }) => [
    `${name}: ${about} (${bytes.length} bytes${isCut ? ", the end of a longer text" : ""})`,
    ...[...counts].map(([what, count]) => `  taken out: ${what}, ${count} times`),
  ]);
  return [
    ...head,
    "",
    "Secrets were taken out by value where they are known, and by form. Look through it before you",
    "send it: what a person wrote into a name or a reason is here as it was written.",
    "",
    ...lines,
    "",
  ].join("\n");
}

function tarOf(files: readonly { readonly name: string; readonly bytes: Buffer }[]): Buffer {
  const pieces = files.flatMap(({ name, bytes }) => [
    tarHeader(`${folder}/${name}`, bytes.length),
    bytes,
    Buffer.alloc(paddingOf(bytes.length)),
  ]);
  return Buffer.concat([...pieces, tarEnd()]);
}

/** What was made. */
export interface Archive {
  readonly bytes: Buffer;
  readonly parts: readonly WrittenPart[];
}

/**
 * Makes the archive.
 *
 * @param head first lines of the manifest
 * @returns a gzipped tar; the sum of all `maxLength` bounds it
 */
export async function makeArchive(
  parts: readonly Part[],
  redact: (text: string) => Redacted,
  head: readonly string[],
): Promise<Archive> {
  const written: WrittenPart[] = [];
  let room = maxArchiveBytes;
  for (const part of parts) {
    const one = await readPart({ ...part, maxLength: Math.min(part.maxLength, room) }, redact);
    const bytes = one.bytes.subarray(0, room);
    room -= bytes.length;
    written.push({ ...one, bytes });
  }
  const manifest = Buffer.from(redact(manifestOf(written, head)).text);
  const files = [{ name: "MANIFEST.txt", bytes: manifest }, ...written];
  return { bytes: await compress(tarOf(files)), parts: written };
}
