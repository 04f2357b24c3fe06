/** The state folder as a list: sizes, modes, owners and times, but no content. */
import { join } from "node:path";
import type { FileStat, FileSystem } from "../../../host/file-system.ts";

const maxLines = 5_000;
const maxInFolder = 100;

const letters: Readonly<Record<FileStat["kind"], string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  other: "?",
};

async function lineOf(fs: FileSystem, path: string, shown: string, stat: FileStat) {
  const { kind, mode, uid, gid, size, mtimeMs } = stat;
  const time = new Date(mtimeMs).toISOString();
  const target = kind === "symlink" ? ` -> ${await fs.readlink(path)}` : "";
  return `${letters[kind]} ${mode.toString(8).padStart(4, "0")} ${uid}:${gid} ${size} ${time} ${shown}${target}`;
}

/** Lists it; of a folder with many entries only the first. Rejects with the system's errors. */
export async function listState(fs: FileSystem, state: string): Promise<string> {
  const lines = [await lineOf(fs, state, ".", await fs.lstat(state))];
  const pending = [""];
  for (let folder = pending.shift(); folder !== undefined; folder = pending.shift()) {
    const names = (await fs.readdir(join(state, folder))).toSorted();
    for (const name of names.slice(0, maxInFolder)) {
      const shown = join(folder, name);
      const path = join(state, shown);
      const stat = await fs.lstat(path).catch(() => undefined);
      if (stat === undefined) continue; // removed meanwhile
      lines.push(await lineOf(fs, path, shown, stat));
      if (stat.kind === "directory") pending.push(shown);
      if (lines.length >= maxLines) return [...lines, "… and more", ""].join("\n");
    }
    const more = names.length - maxInFolder;
    if (more > 0) lines.push(`  ${folder}: ${more} more entries`);
  }
  return [...lines, ""].join("\n");
}
