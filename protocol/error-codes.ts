/**
 * The one registry of error codes. `docs/errors.md` is generated from it.
 * A code never changes its meaning; the class decides exit code, backoff and colour.
 */

import { type CodeEntry, entry } from "./error-classes.ts";

export { type ErrorClass, exitCodes } from "./error-classes.ts";

/** Every code with its class, its meaning and what to do about it. */
export const errorCodes = {
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
  "trust.root": entry(
    "trust",
    "The bootstrap root is missing, damaged or not a root.",
    "Install the root.json that the vendor hands out by a second channel.",
  ),
  "trust.format": entry(
    "trust",
    "Metadata does not have the form TUF demands.",
    "The repository serves damaged or forged metadata; the installed databases were not touched.",
  ),
  "trust.signature": entry(
    "trust",
    "Too few valid signatures of the keys that the role requires.",
    "Treat the mirror as compromised until the vendor explains; nothing was changed.",
  ),
  "trust.rollback": entry(
    "trust",
    "The repository shows an older version than was seen before.",
    "Try another mirror; if it persists, ask the vendor. Nothing was changed.",
  ),
  "trust.expired": entry(
    "trust",
    "Metadata is past its expiry.",
    "Check this machine's clock; else the vendor must refresh the repository.",
  ),
  "trust.freeze": entry(
    "trust",
    "Every mirror shows the same expired timestamp.",
    "Check the network path and the clock; an attacker may be holding updates back.",
  ),
  "trust.mismatch": entry(
    "trust",
    "Bytes do not have the length or hash that signed metadata states.",
    "The mirror serves damaged or forged files; the installed generation was kept.",
  ),
  "trust.role": entry(
    "trust",
    "A database is not delegated, or its role belongs to another database or repository.",
    "Check the database's name and the repository's address in the configuration.",
  ),
  "trust.release": entry(
    "trust",
    "A signed release is not whole, or breaks the rules for names and paths.",
    "Ask the vendor; the release was refused whole.",
  ),
  "trust.store": entry(
    "trust",
    "The local trust store is damaged and could not be rebuilt.",
    "Run `agent trust reset --root FILE` with a root from the vendor.",
  ),
  "trust.tampered": entry(
    "trust",
    "An installed file differs from its signed hash.",
    "Find out who changed it; `agent update --now` restores the signed content.",
  ),
  "clock.behind": entry(
    "trust",
    "The local clock is behind a time that is already proven.",
    "Set the clock (NTP); expired metadata is never accepted meanwhile.",
  ),
  "clock.ahead": entry(
    "trust",
    "Metadata is expired by the local clock, but not by the server's.",
    "Set the clock (NTP); if it is right, the server's is wrong and the vendor must refresh.",
  ),
  "transfer.unreachable": entry(
    "retryable",
    "A server cannot be reached.",
    "Check the address, DNS, firewall and proxy; `agent doctor` tests each.",
  ),
  "transfer.timeout": entry(
    "retryable",
    "A server went silent.",
    "It will be tried again; if it persists, check the network path.",
  ),
  "transfer.status": entry(
    "retryable",
    "A server answered with an error status.",
    "It will be tried again; if it persists, tell whoever runs the server.",
  ),
  "transfer.truncated": entry(
    "retryable",
    "A body ended before its end.",
    "It will be tried again.",
  ),
  "transfer.too-large": entry(
    "permanent",
    "A body is longer than its cap.",
    "The server is misbehaving; tell whoever runs it.",
  ),
  "transfer.redirect": entry(
    "permanent",
    "A server redirects away from the mirror.",
    "Configure the final address; redirects to elsewhere are never followed.",
  ),
  "transfer.tls": entry(
    "permanent",
    "A server's certificate is not acceptable.",
    "Install the right CA, or correct the address.",
  ),
  "repository.missing": entry(
    "permanent",
    "The repository lacks a file that it must have.",
    "Check the repository's address; else tell the vendor.",
  ),
  "repository.incomplete": entry(
    "permanent",
    "A publisher's repository folder lacks something or contradicts itself.",
    "Restore the folder from its backup.",
  ),
  "disk.full": entry(
    "disk",
    "Not enough free space.",
    "Free the amount named in the message; nothing was changed.",
  ),
  "disk.permission": entry(
    "disk",
    "The operating system refuses access to a file.",
    "Correct owner and mode of the path named in the message.",
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
  "consumer.unreachable": entry(
    "retryable",
    "The consumer of a database cannot be asked.",
    "Start the consumer; the update was put off and nothing is condemned.",
  ),
  "consumer.trial-failed": entry(
    "consumer",
    "The consumer's own test refused the staged generation.",
    "Tell the vendor; the old generation stays current.",
  ),
  "consumer.confirm-failed": entry(
    "consumer",
    "The consumer did not load the new generation.",
    "The old generation is current again; look at the consumer's log.",
  ),
  "busy.locked": entry(
    "busy",
    "Another agent works on the same state.",
    "Wait for it to end, or look who holds the lock.",
  ),
  "policy.held": entry(
    "policy",
    "The database is held.",
    "Run `agent unhold` to let it move again.",
  ),
  "policy.quarantined": entry(
    "policy",
    "The release is quarantined on this machine.",
    "Wait for a newer release.",
  ),
  "policy.min-agent": entry("policy", "The release needs a newer agent.", "Upgrade the agent."),
  "policy.halted": entry(
    "policy",
    "The vendor has stopped the release.",
    "Wait for a newer release; if the stopped one is installed, `agent rollback` leaves it.",
  ),
  "policy.pinned": entry(
    "policy",
    "The database is pinned to another version.",
    "Change `policy.pin`; to go to an older version that is on the disk use `agent rollback --to`.",
  ),
  "policy.window": entry(
    "policy",
    "It is outside the maintenance window.",
    "Wait until the window opens, or run `agent update --now`.",
  ),
  "policy.delay": entry(
    "policy",
    "The release has not been known for long enough.",
    "Wait, or shorten `policy.delay`.",
  ),
  "policy.rollout": entry(
    "policy",
    "This machine's turn in the rollout has not come.",
    "Wait, or run `agent update --force`.",
  ),
  "state.missing": entry(
    "usage",
    "What the command names does not exist here.",
    "List what exists with `status`.",
  ),
  "proposal.stale": entry(
    "permanent",
    "A proposal does not fit the repository any more.",
    "Withdraw it and propose again.",
  ),
  "proposal.changed": entry(
    "trust",
    "A proposal or one of its files is not what was proposed or looked at.",
    "Look at it again; withdraw it unless somebody can say why it changed.",
  ),
  "proposal.approvals": entry(
    "policy",
    "A proposal lacks approvals.",
    "Have the persons named by `publisher status` approve it.",
  ),
  "enrol.refused": entry(
    "permanent",
    "The console refuses the enrolment.",
    "Ask for a new token; one token enrols one agent once.",
  ),
  "report.refused": entry(
    "permanent",
    "The console refuses a report.",
    "Check the clock and the enrolment; updates go on regardless.",
  ),
} as const satisfies Readonly<Record<string, CodeEntry>>;

/** A code of the registry. */
export type ErrorCode = keyof typeof errorCodes;
