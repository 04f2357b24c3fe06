/**
 * Whether a release may be installed now: every rule is asked, in the order in which they count,
 * and each that forbids says why. The first one names the outcome; all of them are shown.
 */
import type { Sha256 } from "../../protocol/bytes.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { Rollout } from "../../protocol/release/release-info.ts";
import type { WindowConfig } from "../config/types.ts";
import { type Hold, hasLapsed } from "./hold.ts";
import { rolloutPlace, turnAt } from "./rollout.ts";
import { isOlderVersion } from "./version-order.ts";
import { windowAt } from "./window.ts";

/** What the customer's configuration says of one database. */
export interface DatabasePolicy {
  readonly window?: WindowConfig;
  /** How long a release must have been known, milliseconds. */
  readonly delayMs: number;
  /** The only version that the database may be brought to. */
  readonly pin?: number;
}

/** What holds where the configuration says nothing. */
export const noPolicy: DatabasePolicy = { delayMs: 0 };

/** All that the rules depend on. Times in milliseconds since 1970. */
export interface PolicyFacts extends DatabasePolicy {
  readonly release: {
    readonly version: number;
    readonly label: string;
    readonly digest: Sha256;
    readonly minAgent?: string;
    readonly rollout?: Rollout;
    readonly halted?: boolean;
    /** When and why the vendor stopped it. */
    readonly stop?: { readonly at: string; readonly reason: string };
  };
  readonly quarantine: readonly {
    readonly release: { readonly digest: Sha256 };
    readonly at: string;
    readonly reason: string;
  }[];
  readonly hold: Hold | null;
  readonly agentVersion: string;
  readonly firstSeenAt: number;
  /** What tells this agent from others. */
  readonly agent: string;
  readonly now: number;
  /** What the operator skips: `--now` the window, `--force` the rollout. */
  readonly skip: { readonly window: boolean; readonly rollout: boolean };
}

/** What one rule says against a release. */
interface Objection {
  /** One sentence. */
  readonly why: string;
  /** When it ends by itself, milliseconds since 1970. */
  readonly until?: number;
}

type Rule = (facts: PolicyFacts) => Objection | undefined;

/** A release as sentences name it; a label that only repeats the version is left out. */
export function nameOf({
  version,
  label,
}: {
  readonly version: number;
  readonly label: string;
}): string {
  return ["", String(version)].includes(label)
    ? `release ${version}`
    : `release ${version} (${label})`;
}

/** A sentence with a capital letter at its start. */
export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

const stamp = (ms: number): string => new Date(ms).toISOString().replace(/\.000Z$/, "Z");

const about = ({ release }: PolicyFacts, rest: string): string =>
  `${capital(nameOf(release))} ${rest}`;

const halted: Rule = (facts) => {
  const { halted: isHalted, stop } = facts.release;
  if (isHalted !== true) return undefined;
  const at = stop === undefined ? "" : ` at ${stop.at}`;
  const reason = stop === undefined || stop.reason === "" ? "." : `: ${stop.reason}`;
  return { why: about(facts, `was stopped by the vendor${at}${reason}`) };
};

const quarantined: Rule = (facts) => {
  const { digest } = facts.release;
  const bad = facts.quarantine.find((entry) => entry.release.digest === digest);
  return bad && { why: about(facts, `is quarantined since ${bad.at} (${bad.reason}).`) };
};

const held: Rule = ({ hold, now }) => {
  if (hold === null || hasLapsed(hold, now)) return undefined;
  if (hold.until === undefined) return { why: `It is held: ${hold.reason}` };
  return { why: `It is held until ${hold.until}: ${hold.reason}`, until: Date.parse(hold.until) };
};

const pinned: Rule = ({ pin, release }) =>
  pin === undefined || pin === release.version
    ? undefined
    : { why: `It is pinned to release ${pin}; the repository offers ${nameOf(release)}.` };

const belowMinAgent: Rule = (facts) => {
  const { agentVersion, release } = facts;
  const { minAgent } = release;
  if (minAgent === undefined || !isOlderVersion(agentVersion, minAgent)) return undefined;
  return { why: about(facts, `needs agent ${minAgent}; this is ${agentVersion}.`) };
};

const outsideWindow: Rule = ({ window, now, skip }) => {
  if (window === undefined || skip.window) return undefined;
  const state = windowAt(window, now);
  if (state.open) return undefined;
  if (state.opensAt === undefined) return { why: "The maintenance window never opens." };
  return {
    why: `It is outside the maintenance window, which opens at ${stamp(state.opensAt)}.`,
    until: state.opensAt,
  };
};

const delayed: Rule = (facts) => {
  const until = facts.firstSeenAt + facts.delayMs;
  if (facts.now >= until) return undefined;
  const seen = stamp(facts.firstSeenAt);
  return {
    why: about(facts, `was first seen at ${seen} and is delayed until ${stamp(until)}.`),
    until,
  };
};

const notInRollout: Rule = (facts) => {
  const { release, agent, now, skip } = facts;
  if (release.rollout === undefined || skip.rollout) return undefined;
  const until = turnAt(release.rollout, rolloutPlace(agent, release.digest));
  if (now >= until) return undefined;
  const { hours } = release.rollout;
  return {
    why: about(facts, `spreads over ${hours} h; this machine's turn comes at ${stamp(until)}.`),
    until,
  };
};

/** The rules in the order in which they count. */
const rules = [
  { rule: "halted", code: "policy.halted", objection: halted },
  { rule: "quarantine", code: "policy.quarantined", objection: quarantined },
  { rule: "hold", code: "policy.held", objection: held },
  { rule: "pin", code: "policy.pinned", objection: pinned },
  { rule: "min-agent", code: "policy.min-agent", objection: belowMinAgent },
  { rule: "window", code: "policy.window", objection: outsideWindow },
  { rule: "delay", code: "policy.delay", objection: delayed },
  { rule: "rollout", code: "policy.rollout", objection: notInRollout },
] as const satisfies readonly {
  readonly rule: string;
  readonly code: ErrorCode;
  readonly objection: Rule;
}[];

export type PolicyRule = (typeof rules)[number]["rule"];

/** Why a release is not installed now, for people and programs. */
export interface PolicyReason {
  readonly rule: PolicyRule;
  readonly code: ErrorCode;
  /** One sentence. */
  readonly why: string;
  /** When this reason ends by itself. */
  readonly until?: string;
}

/** All that speaks against installing the release now, what counts most first. */
export function objectionsTo(facts: PolicyFacts): readonly PolicyReason[] {
  return rules.flatMap(({ rule, code, objection }) => {
    const found = objection(facts);
    if (found === undefined) return [];
    const until = found.until === undefined ? {} : { until: stamp(found.until) };
    return [{ rule, code, why: found.why, ...until }];
  });
}
