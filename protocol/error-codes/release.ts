/** Codes for what stops a release on purpose: consumers, policy, approvals. */
import { type CodeEntry, entry } from "../error-classes.ts";

/** A part of the registry in `error-codes.ts`. */
export const releaseCodes = {
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
} as const satisfies Readonly<Record<string, CodeEntry>>;
