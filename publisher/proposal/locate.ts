/** Finding the bytes of a proposed file, staged or published before, and checking them again. */
import { join } from "node:path";
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { chunksAt, type Measured, measure } from "../repository/files.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import type { ProposalPlace } from "./place.ts";
import { decompress } from "./zstd.ts";

/** Where bytes lie. */
export interface Located {
  readonly path: string;
  /** Staged files are copied at publish; the others are there already. */
  readonly staged: boolean;
}

/**
 * Where the file with that place in the repository lies now.
 * @throws VouchsafeError proposal.changed when it is nowhere
 */
export async function locate(
  { fs, layout }: Publisher,
  place: ProposalPlace,
  location: string,
): Promise<Located> {
  const staged = join(place.staged, location);
  if (await exists(fs, staged)) return { path: staged, staged: true };
  const published = join(layout.repository, location);
  if (await exists(fs, published)) return { path: published, staged: false };
  throw new VouchsafeError("proposal.changed", `The proposal lacks its file ${location}.`);
}

function mismatch(path: string): VouchsafeError {
  return new VouchsafeError("proposal.changed", `${path} was changed since it was proposed.`);
}

async function* capped(
  chunks: AsyncIterable<Uint8Array>,
  max: number,
  path: string,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > max) throw mismatch(path);
    yield chunk;
  }
}

/**
 * Hashes a file again.
 * @param each sees every chunk
 * @throws VouchsafeError proposal.changed
 */
export async function checkWhole(
  fs: FileSystem,
  path: string,
  wanted: Measured,
  each: (chunk: Uint8Array) => void,
): Promise<void> {
  const found = await measure(capped(chunksAt(fs, path), wanted.length, path), each);
  if (found.length !== wanted.length || found.sha256 !== wanted.sha256) throw mismatch(path);
}

/**
 * Decodes a zstd encoding and checks that it carries the file.
 * @returns length and digest of the encoding itself
 * @throws VouchsafeError proposal.changed
 */
export async function checkEncoding(
  fs: FileSystem,
  path: string,
  wanted: Measured,
): Promise<Measured> {
  const plain = await decompress(chunksAt(fs, path), path, (chunks) =>
    measure(capped(chunks, wanted.length, path), () => undefined),
  );
  if (plain.length !== wanted.length || plain.sha256 !== wanted.sha256) throw mismatch(path);
  return await measure(chunksAt(fs, path), () => undefined);
}
