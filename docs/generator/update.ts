/** docs/update.md from the transition table of the agent. */
import {
  journalledStates,
  transitions,
  type UpdateEvent,
  type UpdateState,
  updateEvents,
  updateStates,
} from "../../agent/update/transitions.ts";
import { table } from "./markdown.ts";

const meaningOfState: Readonly<Record<UpdateState, string>> = {
  idle: "Nothing is under way, or it came to nothing; `current` is what it was.",
  checking:
    "What was interrupted before is recovered, then one conditional request asks the repository whether there is anything new; its metadata is verified.",
  planning:
    "A pure function of the trusted release, the installed generation and the policy says for each file how it comes, what it costs, and why nothing is done when nothing is.",
  fetching:
    "Files come in parallel; each is decoded, hashed and written in one pass into a staging folder beside the generations.",
  assembling:
    "Files that did not change are hashed again and linked in; the manifest is written; everything is fsynced, then sealed read-only.",
  trial: "The consumer tries the sealed staging folder, before anything uses it.",
  switching:
    "The staging folder gets its generation's name, and `current` moves there by one rename.",
  confirming: "The consumer is told to reload, and must show that it loaded this release.",
  committed: "The new release is current, written down in the record and in the history.",
  rejected: "The trial refused the release: it is quarantined, and `current` never moved.",
  reverting: "`current` moves back to the old generation, which is loaded and confirmed again.",
  reverted:
    "The old release is current again. The new one is quarantined if the consumer loads the old one well.",
};

const meaningOfEvent: Readonly<Record<UpdateEvent, string>> = {
  start: "A run begins.",
  checked: "The repository's metadata is trusted and fresh.",
  "nothing-to-do": "The release is installed already, or policy keeps it back.",
  planned: "There is something to bring in, and room for it.",
  "on-disk": "The generation lies on the disk already and was hashed in full (rollback).",
  fetched: "Every file that had to come is there, with its signed hash.",
  assembled: "The generation is complete, durable and sealed.",
  "trial-passed": "The consumer takes the release.",
  "trial-refused": "The consumer refuses the release.",
  deferred: "The consumer could not be asked: nothing is condemned, and the next run tries again.",
  switched: "`current` points to the new generation, durably.",
  confirmed: "The consumer loaded the release.",
  "confirm-failed": "The consumer did not load the release, or could not be asked.",
  "moved-back": "`current` points to the old generation again, durably.",
  "no-way-back": "What was current before is not whole, or there was nothing: the new one is kept.",
  failed: "Network, disk or trust: what was staged is removed, and `current` never moved.",
};

/** What the next start does when the run is interrupted in a state that the journal names. */
const afterInterruption: Readonly<Record<(typeof journalledStates)[number], string>> = {
  fetching: "What was staged is removed.",
  assembling: "What was staged is removed.",
  trial: "What was staged is removed.",
  switching:
    "If `current` points to the new generation and that is whole, it is confirmed; else the new one is removed.",
  confirming: "It is confirmed now, and committed or reverted.",
  reverting: "The way back is gone to its end.",
};

const isJournalled = (state: UpdateState): state is keyof typeof afterInterruption =>
  journalledStates.some((known) => known === state);

const edges = updateStates.flatMap((from) =>
  updateEvents.flatMap((event) => {
    const to = transitions[from][event];
    return to === undefined ? [] : [{ from, event, to }];
  }),
);

const code = (text: string): string => `\`${text}\``;

/** The page. */
export const updatePage = (): string =>
  [
    "# How an update goes",
    "",
    "An update is a walk through this table; nothing else decides what comes after what. Before every change of",
    "the disk the journal says what is being done, so that the next start, after `kill -9` or a power cut at any",
    "moment, knows what to finish and what to drop. `current` is a whole, verified generation throughout.",
    "",
    "## Transitions",
    "",
    table(
      ["in state", "on event", "comes state"],
      edges.map(({ from, event, to }) => [from, event, to].map(code)),
    ),
    "",
    "Any other event in a state is a defect and ends the run as `internal.unexpected`.",
    "",
    "## States",
    "",
    table(
      ["state", "what happens", "interrupted here, the next start"],
      updateStates.map((state) => [
        code(state),
        meaningOfState[state],
        isJournalled(state) ? afterInterruption[state] : "Nothing is to be mended.",
      ]),
    ),
    "",
    "## Events",
    "",
    table(
      ["event", "meaning"],
      updateEvents.map((event) => [code(event), meaningOfEvent[event]]),
    ),
  ].join("\n");
