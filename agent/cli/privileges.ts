/**
 * A command that root starts works as the service's user when the state belongs to that user: it
 * must never leave files behind that the service cannot write.
 */
import process from "node:process";
import { type Account, lookUpAccount } from "../../host/accounts.ts";
import type { FileStat, FileSystem } from "../../host/file-system.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";

/** The service's user, as the packages make it. */
const serviceUser = "vouchsafe";

/** What the decision depends on. */
export interface PrivilegeFacts {
  /** The user that the process runs as; undefined where there is no such number. */
  readonly uid: number | undefined;
  readonly account: Account | undefined;
  /** The state folder, if there is one. */
  readonly state: Pick<FileStat, "uid"> | undefined;
}

/** The user to become, or undefined to stay: pure. */
export function decideAccount({ uid, account, state }: PrivilegeFacts): Account | undefined {
  if (uid !== 0 || account === undefined || account.uid === 0) return undefined;
  return state?.uid === account.uid ? account : undefined;
}

interface InitGroups {
  initgroups(user: string, group: number): void;
}

/** Node.js has it on Unix since 0.9.4; its type definitions do not. */
function hasInitGroups(value: object): value is InitGroups {
  return "initgroups" in value && typeof value.initgroups === "function";
}

/** Becomes a user for good: groups first, because afterwards they cannot be changed any more. */
function become({ name, uid, gid }: Account): void {
  if (hasInitGroups(process)) process.initgroups(name, gid);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (process.geteuid?.() === uid && process.getegid?.() === gid) return;
  throw new VouchsafeError("disk.permission", `Cannot work as the user ${name}.`);
}

async function ownerOf(fs: FileSystem, state: string): Promise<FileStat | undefined> {
  try {
    return await fs.stat(state);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * As root, becomes the service's user if the state folder is that user's. Called before anything
 * of the state is touched, and after what only root may read was read.
 *
 * @throws VouchsafeError `disk.*`
 */
export async function dropPrivileges(
  fs: FileSystem,
  state: string,
  user = serviceUser,
): Promise<void> {
  const uid = process.getuid?.();
  if (uid !== 0) return;
  const account = await lookUpAccount(fs, user);
  const chosen = decideAccount({ uid, account, state: await ownerOf(fs, state) });
  if (chosen !== undefined) become(chosen);
}
