/** Folders of files, read and copied as they are. */
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
} from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** The text of every file below a folder, by its path with `/`. */
export async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const read = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [relative(folder, path).split(sep).join("/"), await readFile(path, "utf8")] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/** Copies a folder with its permissions; a link stays one, on Windows a junction. */
export async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  const entries = await readdir(from, { withFileTypes: true });
  const copies = entries.map(async (entry) => {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, copy);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), copy, "junction");
    else await copyFile(source, copy);
  });
  await Promise.all(copies);
  await chmod(to, (await stat(from)).mode);
}
