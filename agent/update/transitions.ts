/**
 * The update as a table (design.md, The update, as data): which state an event leads to. Nothing
 * else in this room decides what comes after what; documentation and exhaustive tests are made
 * from this table.
 */
import { VouchsafeError } from "../../protocol/errors.ts";

export const updateStates = [
  "idle",
  "checking",
  "planning",
  "fetching",
  "assembling",
  "trial",
  "switching",
  "confirming",
  "committed",
  "rejected",
  "reverting",
  "reverted",
] as const;
export type UpdateState = (typeof updateStates)[number];

export const updateEvents = [
  /** A run begins. */
  "start",
  /** The repository's metadata is trusted and fresh. */
  "checked",
  /** Nothing is to be done, or policy forbids it. */
  "nothing-to-do",
  /** Files are to be brought in. */
  "planned",
  /** The generation lies on the disk already (rollback). */
  "on-disk",
  "fetched",
  "assembled",
  "trial-passed",
  "trial-refused",
  /** The consumer could not be asked before the switch. */
  "deferred",
  "switched",
  "confirmed",
  "confirm-failed",
  "moved-back",
  /** Not confirmed, but what was current before is not whole (a repair). */
  "no-way-back",
  /** Anything that ends the run before the switch: network, disk, trust. */
  "failed",
] as const;
export type UpdateEvent = (typeof updateEvents)[number];

type Row = Readonly<Partial<Record<UpdateEvent, UpdateState>>>;

export const transitions: Readonly<Record<UpdateState, Row>> = {
  idle: { start: "checking" },
  checking: { checked: "planning", failed: "idle" },
  planning: {
    "nothing-to-do": "idle",
    planned: "fetching",
    "on-disk": "switching",
    failed: "idle",
  },
  fetching: { fetched: "assembling", failed: "idle" },
  assembling: { assembled: "trial", failed: "idle" },
  trial: {
    "trial-passed": "switching",
    "trial-refused": "rejected",
    deferred: "idle",
    failed: "idle",
  },
  switching: { switched: "confirming", failed: "idle" },
  confirming: { confirmed: "committed", "confirm-failed": "reverting" },
  reverting: { "moved-back": "reverted", "no-way-back": "committed" },
  committed: {},
  rejected: {},
  reverted: {},
};

/**
 * The state that follows.
 *
 * @throws VouchsafeError `internal.unexpected` on an event that the state does not know
 */
export function nextState(state: UpdateState, event: UpdateEvent): UpdateState {
  const next = transitions[state][event];
  if (next !== undefined) return next;
  throw new VouchsafeError("internal.unexpected", `"${event}" cannot happen in state "${state}".`);
}

/** States in which the disk is being changed; the journal names them. */
export const journalledStates = [
  "fetching",
  "assembling",
  "trial",
  "switching",
  "confirming",
  "reverting",
] as const satisfies readonly UpdateState[];
export type JournalledState = (typeof journalledStates)[number];
