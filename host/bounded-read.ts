/** Reading small files whole: never more of them than the caller allows. */
import { errnoOf, VouchsafeError } from "../protocol/errors.ts";
import { diskError } from "./disk-error.ts";
import type { FileSystem } from "./file-system.ts";

/**
 * Reads a whole regular file, and never more than `maxBytes` of it.
 * @throws VouchsafeError disk.too-large, disk.io if it is missing or not a file
 */
export async function readFileBounded(
  fs: FileSystem,
  path: string,
  maxBytes: number,
): Promise<Buffer> {
  const bytes = await readFileIfExists(fs, path, maxBytes);
  if (bytes !== undefined) return bytes;
  throw new VouchsafeError("disk.io", `The file ${path} does not exist.`, {
    details: { path, errno: "ENOENT" },
  });
}

/**
 * As `readFileBounded`, but undefined if nothing is there.
 * @throws VouchsafeError disk.*
 */
export async function readFileIfExists(
  fs: FileSystem,
  path: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  try {
    // Looked at before it is opened: opening a named pipe would wait for a writer.
    const { kind } = await fs.stat(path);
    if (kind !== "file") throw new VouchsafeError("disk.io", `${path} is not a file.`);
    return await readCapped(fs, path, maxBytes);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw diskError("read", path, error);
  }
}

async function readCapped(fs: FileSystem, path: string, maxBytes: number): Promise<Buffer> {
  const file = await fs.open(path, "r");
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    // One byte more than the file has, so that its end is seen and growth is noticed.
    let buffer = Buffer.alloc(Math.min(size, maxBytes) + 1);
    let filled = 0;
    for (;;) {
      const count = await file.read(buffer, filled, buffer.length - filled, null);
      filled += count;
      if (filled > maxBytes) throw tooLarge(path, maxBytes);
      if (count === 0) return buffer.subarray(0, filled);
      if (filled === buffer.length) {
        buffer = Buffer.concat([buffer], Math.min(filled * 2, maxBytes + 1));
      }
    }
  } finally {
    await file.close();
  }
}

function tooLarge(path: string, maxBytes: number): VouchsafeError {
  const message = `The file ${path} is larger than ${maxBytes} bytes.`;
  return new VouchsafeError("disk.too-large", message, { details: { path, maxBytes } });
}
