/** Opening a file of which it is known what it must be. */
import { lstatIfExists } from "../../host/durable.ts";
import type { FileSystem, OpenFile } from "../../host/file-system.ts";

/**
 * Opens a plain file of a length for reading.
 *
 * @param length bytes
 * @returns undefined when there is none, or something else lies there
 * @throws the operating system's error when it cannot be looked at or opened
 */
export async function openPlainFile(
  fs: FileSystem,
  path: string,
  length: number,
): Promise<OpenFile | undefined> {
  // Looked at first: opening a named pipe would wait, and a link is never followed.
  const stat = await lstatIfExists(fs, path);
  return stat?.kind === "file" && stat.size === length ? fs.open(path, "r") : undefined;
}
