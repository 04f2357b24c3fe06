/**
 * The planner: a pure function from what is trusted, what is installed and what policy says, to
 * what is to be done with each file, and to the reason in words when nothing is.
 */
import type { Sha256 } from "../../protocol/bytes.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import {
  capital,
  type DatabasePolicy,
  nameOf,
  objectionsTo,
  type PolicyReason,
} from "../policy/decide.ts";
import { firstSeenAt } from "../policy/delay.ts";
import { windowAt } from "../policy/window.ts";
import { type GenerationName, generationFor } from "../store/layout.ts";
import type { Manifest, ManifestFile } from "../store/manifest.ts";
import type { DatabaseRecord } from "../store/record.ts";
import type { TrustedRelease } from "../trust/types.ts";
import {
  type DeltaBases,
  deltaBases,
  encodingsOf,
  type FileEncoding,
  fetchSteps,
} from "./encodings.ts";
import type { PlanDocument } from "./types.ts";

/** The generation that is current, and what a look at it found. */
export interface Installed {
  readonly name: GenerationName;
  readonly manifest: Manifest;
  /** Paths of files that do not look as they were sealed. */
  readonly suspects: ReadonlySet<string>;
}

/** All that a plan depends on. */
export interface PlanFacts {
  readonly release: TrustedRelease;
  readonly installed: Installed | undefined;
  readonly record: DatabaseRecord;
  /** Names in use on the disk. */
  readonly taken: ReadonlySet<string>;
  readonly policy: DatabasePolicy;
  /** What tells this agent from others, for its place in a rollout. */
  readonly agent: string;
  readonly agentVersion: string;
  readonly now: Date;
  /** Whether deltas can be had: a bundle has none. */
  readonly deltas: boolean;
  /** Whether neighbours that hand on whole files are at hand. */
  readonly relays?: boolean;
  /** What the operator skips: `--now` the window, `--force` the rollout. */
  readonly skip: { readonly window: boolean; readonly rollout: boolean };
}

/** At least one; the first one counts. */
type PolicyReasons = readonly [PolicyReason, ...PolicyReason[]];

/** How one file of the new generation comes about. */
export type FilePlan = { readonly file: ReleaseFile } & (
  | { readonly how: "keep"; readonly from: ManifestFile }
  | FileEncoding
);

/** What is to be done with a database. */
export type Plan =
  | { readonly action: "none"; readonly why: string }
  | { readonly action: "held"; readonly why: string; readonly reasons: PolicyReasons }
  | {
      readonly action: "install" | "repair";
      readonly why: string;
      /** What the generation will be: what is offered, or what is installed and damaged. */
      readonly release: TrustedRelease;
      /** What keeps the offered release back while the installed one is repaired. */
      readonly reasons: readonly PolicyReason[];
      /** The maintenance window's end, milliseconds since 1970: no switch from then on. */
      readonly switchBefore?: number;
      readonly generation: GenerationName;
      readonly files: readonly FilePlan[];
      readonly fetchBytes: number;
      /** Free space needed, file system blocks and a margin included. */
      readonly diskBytes: number;
    };
export type InstallPlan = Extract<Plan, { readonly action: "install" | "repair" }>;

const blockBytes = 4096;
const manifestBytesPerFile = 512;
const marginBytes = 1024 * 1024;

function blocks(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}

function objections(facts: PlanFacts): readonly PolicyReason[] {
  const { release, record, policy, agent, agentVersion, skip } = facts;
  const now = facts.now.getTime();
  return objectionsTo({
    ...policy,
    release,
    quarantine: record.quarantine,
    hold: record.hold,
    agent,
    agentVersion,
    firstSeenAt: firstSeenAt(record.seen, release.digest, now),
    now,
    skip,
  });
}

/** The installed release, as its manifest has it from when it was verified. */
function installedRelease({ manifest }: Installed, offered: TrustedRelease): TrustedRelease {
  const { version, label, digest } = manifest.release;
  return {
    database: offered.database,
    version,
    label,
    digest,
    created: manifest.created,
    notes: "",
    consistentSnapshot: offered.consistentSnapshot,
    files: manifest.files.map(({ path, length, sha256 }) => ({
      path,
      length,
      sha256,
      deltas: new Map(),
    })),
  };
}

function windowEnd({ policy: { window }, skip, now }: PlanFacts): { switchBefore?: number } {
  if (window === undefined || skip.window) return {};
  const state = windowAt(window, now.getTime());
  return state.open && state.closesAt !== undefined ? { switchBefore: state.closesAt } : {};
}

/** Files of the installed generation that may be kept, by hash; those that look odd are left out. */
function keepable(installed: Installed | undefined): ReadonlyMap<Sha256, ManifestFile> {
  const files = installed?.manifest.files ?? [];
  return new Map(
    files
      .filter(({ path }) => installed?.suspects.has(path) === false)
      .map((file) => [file.sha256, file] as const),
  );
}

function planFile(
  file: ReleaseFile,
  kept: ReadonlyMap<Sha256, ManifestFile>,
  bases: DeltaBases,
  relays: boolean,
): FilePlan {
  const from = kept.get(file.sha256);
  if (from !== undefined && from.length === file.length) return { file, how: "keep", from };
  const encodings = encodingsOf(file, bases);
  return { file, ...(fetchSteps(encodings, relays)[0]?.encoding ?? encodings[0]) };
}

function diskNeed(files: readonly FilePlan[]): number {
  const fetched = files.filter(({ how }) => how !== "keep");
  const bytes = fetched.reduce((sum, { file }) => sum + blocks(file.length), 0);
  return bytes + blocks(files.length * manifestBytesPerFile) + marginBytes;
}

/** The work of bringing a release in, as far as it does not depend on why. */
function workOf(release: TrustedRelease, { installed, taken, deltas, relays = false }: PlanFacts) {
  const kept = keepable(installed);
  const usable = deltas && installed !== undefined;
  const bases: DeltaBases = usable ? deltaBases(installed.name, kept.values()) : new Map();
  const files = release.files.map((file) => planFile(file, kept, bases, relays));
  return {
    release,
    generation: generationFor(release, taken),
    files,
    fetchBytes: files.reduce((sum, file) => sum + (file.how === "keep" ? 0 : file.bytes), 0),
    diskBytes: diskNeed(files),
  };
}

/** A stopped release that is installed stays: whether to go back is the operator's decision. */
function leaveHalted(release: TrustedRelease): Plan {
  const because = release.stop?.reason ? ` (${release.stop.reason})` : "";
  const why =
    `${capital(nameOf(release))} is installed, but was stopped by the vendor${because}; ` +
    `"rollback ${release.database}" goes back.`;
  return { action: "held", why, reasons: [{ rule: "halted", code: "policy.halted", why }] };
}

/** Plans one database. What is damaged is repaired whatever keeps the offered release back. */
export function planDatabase(facts: PlanFacts): Plan {
  const { release, installed, record } = facts;
  const same = installed?.manifest.release.digest === release.digest;
  const damaged =
    installed !== undefined && (installed.suspects.size > 0 || record.tampered === installed.name);
  if (same && !damaged) {
    if (release.halted === true) return leaveHalted(release);
    return { action: "none", why: `${capital(nameOf(release))} is installed.` };
  }
  const reasons = same ? [] : objections(facts);
  const [first, ...more] = reasons;
  if (damaged && (same || first !== undefined)) {
    const { manifest } = installed;
    const why = `Installed files of ${nameOf(manifest.release)} differ from what was signed.`;
    const repaired = same ? release : installedRelease(installed, release);
    return { action: "repair", why, reasons, ...workOf(repaired, facts) };
  }
  if (first !== undefined) return { action: "held", why: first.why, reasons: [first, ...more] };
  const old = installed === undefined ? "nothing" : nameOf(installed.manifest.release);
  const why = `${capital(nameOf(release))} replaces ${old}.`;
  return { action: "install", why, reasons, ...workOf(release, facts), ...windowEnd(facts) };
}

/** The plan as it is shown. */
export function planDocument(plan: Plan): PlanDocument {
  const nothing = { files: 0, bytes: 0 };
  const reasons = plan.action === "none" ? [] : plan.reasons;
  const shown = reasons.length === 0 ? {} : { reasons };
  if (plan.action === "none" || plan.action === "held") {
    return { action: "none", why: plan.why, ...shown, fetch: nothing, keep: nothing, disk: 0 };
  }
  const kept = plan.files.filter(({ how }) => how === "keep");
  return {
    action: plan.action,
    why: plan.why,
    ...shown,
    fetch: { files: plan.files.length - kept.length, bytes: plan.fetchBytes },
    keep: { files: kept.length, bytes: kept.reduce((sum, { file }) => sum + file.length, 0) },
    disk: plan.diskBytes,
  };
}

/** The plan of a database of which nothing is known yet. */
export function noPlan(why: string): PlanDocument {
  return planDocument({ action: "none", why });
}
