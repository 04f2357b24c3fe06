/**
 * The control channel on Windows: a named pipe for the system and administrators alone. Node.js can
 * neither set its permissions nor see whose it is, and anybody may have taken the name first.
 */
import { errnoOf, VouchsafeError } from "../../../protocol/errors.ts";
import { type FolderSecurity, isTrustedOwner } from "./folders.ts";

/** SDDL: owned by administrators; they and the system may do everything, nobody else anything. */
const sddl = "O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)";

/** Closes a pipe that listens to everybody else. Throws the system's error when that cannot be done. */
export function protectPipe(security: FolderSecurity, path: string): void {
  security.protect(path, sddl);
}

/**
 * Looks whose pipe it is, before a word is said to it.
 *
 * @returns false when there is none
 * @throws VouchsafeError `disk.unsafe-path` when a stranger listens there; the system's error
 */
export function checkPipe(security: FolderSecurity, path: string): boolean {
  let owner: string;
  try {
    owner = security.owner(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
  if (isTrustedOwner(security, owner)) return true;
  const message = `The pipe ${path} belongs to ${owner}, not to the service: nothing was sent to it.`;
  throw new VouchsafeError("disk.unsafe-path", message, { details: { path } });
}
