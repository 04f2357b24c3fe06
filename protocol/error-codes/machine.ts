/** Codes for the machine and its operator: usage, configuration, secrets, disks, locks. */
import { type CodeEntry, entry } from "../error-classes.ts";

/** A part of the registry in `error-codes.ts`. */
export const machineCodes = {
  "internal.unexpected": entry(
    "internal",
    "A fault in Vouchsafe itself.",
    "Run again with --verbose and report the output.",
  ),
  "internal.interrupted": entry(
    "internal",
    "The program was asked to stop before it was done.",
    "Run the command again; what was begun is taken up or undone.",
  ),
  "internal.detached": entry(
    "internal",
    "The command no longer waits for what the service does.",
    "The service goes on; `agent status` shows how it ended.",
  ),
  "usage.arguments": entry(
    "usage",
    "The command line is not understood.",
    "Run the command with --help to see what it takes.",
  ),
  "usage.input": entry(
    "usage",
    "A file or value given by the operator is not acceptable.",
    "Correct the input named in the message; nothing was changed.",
  ),
  "usage.runtime": entry(
    "usage",
    "The Node.js that runs the program is too old.",
    "Use Node.js 24 or newer, or the packaged executable.",
  ),
  "config.missing": entry(
    "usage",
    "A configuration file does not exist.",
    "Create the file, or name another with --config.",
  ),
  "config.syntax": entry(
    "usage",
    "A configuration file is not valid YAML.",
    "Correct the line named in the message.",
  ),
  "config.invalid": entry(
    "usage",
    "A configuration value is unknown or out of its bounds.",
    "Correct the key named in the message; `agent config check` tests the file.",
  ),
  "secret.unavailable": entry(
    "usage",
    "A secret (passphrase or token) could not be read.",
    "Give it by file, standard input, or the environment variable named in the message.",
  ),
  "key.passphrase": entry(
    "usage",
    "A key file cannot be opened with that passphrase.",
    "Check the passphrase; a damaged key file must be restored from its backup.",
  ),
  "key.unusable": entry(
    "usage",
    "A key is not one that may sign this role.",
    "Use a key that the role lists; `publisher status` names them.",
  ),
  "format.newer": entry(
    "usage",
    "State was written by a newer version of the program.",
    "Upgrade this program; nothing was touched.",
  ),
  "names.invalid": entry(
    "usage",
    "A database name or a path inside a database is not allowed.",
    "Rename it as the message says.",
  ),
  "disk.full": entry(
    "disk",
    "Not enough free space.",
    "Free the amount named in the message; nothing was changed.",
  ),
  "disk.permission": entry(
    "disk",
    "The operating system refuses access to a file.",
    "Run it with sudo or as the path's owner; if that is refused, too, correct its owner and mode.",
  ),
  "disk.io": entry(
    "disk",
    "Reading or writing a file failed.",
    "Check the disk and the path named in the message.",
  ),
  "disk.too-large": entry(
    "disk",
    "A local file is larger than it may be.",
    "Look at the file named in the message; it is not what it should be.",
  ),
  "disk.corrupt": entry(
    "disk",
    "A local state file is damaged.",
    "It is rebuilt where that is safe; see the message.",
  ),
  "disk.unsafe-path": entry(
    "disk",
    "A state path may be written by others than the agent and root.",
    "Take the write permission of others away, or choose a folder of the agent's own such as /var/lib/vouchsafe; never one that a consumer owns, such as /var/lib/clamav.",
  ),
  "busy.locked": entry(
    "busy",
    "Another agent works on the same state.",
    "Wait for it to end, or look who holds the lock.",
  ),
  "state.missing": entry(
    "usage",
    "What the command names does not exist here.",
    "List what exists with `status`.",
  ),
} as const satisfies Readonly<Record<string, CodeEntry>>;
