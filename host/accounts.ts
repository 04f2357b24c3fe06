/** Users of a Unix machine, by passwd(5). */
import { readFileIfExists } from "./durable.ts";
import type { FileSystem } from "./file-system.ts";

/** A user of the machine. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const passwdPath = "/etc/passwd";
const maxPasswdBytes = 4_194_304;

/** A user's entry in a file of the form of passwd(5): pure. */
export function findAccount(passwd: string, name: string): Account | undefined {
  for (const line of passwd.split("\n")) {
    const [entry, , uid, gid] = line.split(":");
    if (entry !== name) continue;
    if (/^\d{1,10}$/.test(uid ?? "") && /^\d{1,10}$/.test(gid ?? "")) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  return undefined;
}

/** A user of this machine; undefined if there is none of that name. Throws `disk.*`. */
export async function lookUpAccount(fs: FileSystem, name: string): Promise<Account | undefined> {
  const passwd = await readFileIfExists(fs, passwdPath, maxPasswdBytes);
  return findAccount(passwd?.toString("utf8") ?? "", name);
}
