/**
 * The agent's folders on Windows. Under ProgramData everybody may make files and folders, and who
 * makes one owns it: so a folder that was there already counts only if the system, an administrator
 * or the agent's own user owns it and what lies in it, and its permissions are set, not inherited.
 */
import { join } from "node:path";
import { lstatIfExists, makeDirDurable, removeTree } from "../../../host/durable.ts";
import type { FileKind, FileSystem } from "../../../host/file-system.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";

/** Who may do what with a folder, and with everything that is made in it. */
export type Protection = "private" | "readable";

/** What Windows offers (native/folder-security.ts). */
export interface FolderSecurity {
  /** The SID of who owns a path, such as `S-1-5-18`. */
  owner(path: string): string;
  /** The SID of the user that this process runs as. */
  ownSid(): string;
  /** Sets permissions, and the owner if there is one in it, from an SDDL text. */
  protect(path: string, sddl: string): void;
}

const system = "S-1-5-18";
const administrators = "S-1-5-32-544";
/** TrustedInstaller, who owns what Windows itself has installed. */
const installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

/** SDDL: protected from inheritance; system and administrators everything, users to read or nothing. */
const sddl: Readonly<Record<Protection, string>> = {
  private: "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
  readable: "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)",
};
/** The same for a file, which nothing inherits from. */
const fileSddl = (protection: Protection): string => sddl[protection].replaceAll("OICI", "");

/** Whether a SID is the system's, the administrators' or our own. */
export function isTrustedOwner(security: FolderSecurity, owner: string): boolean {
  return [system, administrators, installer, security.ownSid()].includes(owner);
}

function unsafe(path: string, why: string): VouchsafeError {
  return new VouchsafeError("disk.unsafe-path", `${path} ${why}`, { details: { path } });
}

/** A link is never ours, and what it leads to may belong to the system: it is looked at first. */
async function checkOwner(
  fs: FileSystem,
  security: FolderSecurity,
  path: string,
): Promise<FileKind> {
  const { kind } = await fs.lstat(path);
  if (kind === "symlink") throw unsafe(path, "is a link, which anybody may have laid: remove it.");
  const owner = security.owner(path);
  if (isTrustedOwner(security, owner)) return kind;
  const who = `belongs to ${owner}, who is neither the system nor an administrator`;
  throw unsafe(path, `${who}: take it over or remove it.`);
}

/**
 * Makes a folder, or takes one that is there, and sets its permissions. What lies in it is looked at
 * after nobody else can put anything there any more; files get permissions of their own, because
 * one that was there has those of the folder as it was.
 *
 * @throws VouchsafeError `disk.unsafe-path` when somebody else owns it or something in it, `disk.*`
 */
export async function secureFolder(
  fs: FileSystem,
  security: FolderSecurity,
  path: string,
  protection: Protection,
): Promise<void> {
  await makeDirDurable(fs, path, 0o700);
  await checkOwner(fs, security, path);
  security.protect(path, sddl[protection]);
  for (const name of await fs.readdir(path)) {
    const inside = join(path, name);
    const kind = await checkOwner(fs, security, inside);
    if (kind === "file") security.protect(inside, fileSddl(protection));
  }
}

/** The folder of a configuration, and that of the files that are merged over it, if it is there. */
export async function secureConfig(
  fs: FileSystem,
  security: FolderSecurity,
  path: string,
): Promise<void> {
  await secureFolder(fs, security, path, "private");
  const dropIns = join(path, "agent.d");
  const there = await lstatIfExists(fs, dropIns);
  if (there !== undefined) await secureFolder(fs, security, dropIns, "private");
}

/**
 * Removes such a folder with all that lies in it; whether there was one. Links in it are removed and
 * not followed.
 *
 * @throws VouchsafeError `disk.unsafe-path` when it is somebody else's, `disk.*`
 */
export async function removeSecured(
  fs: FileSystem,
  security: FolderSecurity,
  path: string,
): Promise<boolean> {
  if ((await lstatIfExists(fs, path)) === undefined) return false;
  await checkOwner(fs, security, path);
  // From here on nobody else can put anything there.
  security.protect(path, sddl.private);
  await removeTree(fs, path);
  return true;
}
