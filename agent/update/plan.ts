/**
 * The planner: a pure function from what is trusted, what is installed and what policy says, to
 * what is to be done with each file, and to the reason in words when nothing is.
 */
import type { Sha256 } from "../../protocol/bytes.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import { type GenerationName, generationFor } from "../store/layout.ts";
import type { Manifest, ManifestFile } from "../store/manifest.ts";
import type { DatabaseRecord } from "../store/record.ts";
import type { TrustedRelease } from "../trust/types.ts";
import type { PlanDocument } from "./types.ts";
import { isOlderVersion } from "../policy/version-order.ts";

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
  readonly agentVersion: string;
  readonly now: Date;
}

/** How one file of the new generation comes about. */
export type FilePlan = { readonly file: ReleaseFile } & (
  | { readonly how: "keep"; readonly from: ManifestFile }
  | { readonly how: "zstd"; readonly bytes: number }
  | { readonly how: "whole"; readonly bytes: number }
);

/** What is to be done with a database. */
export type Plan =
  | { readonly action: "none"; readonly why: string }
  | { readonly action: "held"; readonly why: string; readonly code: ErrorCode }
  | {
      readonly action: "install" | "repair";
      readonly why: string;
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

function nameOf({ version, label }: { readonly version: number; readonly label: string }): string {
  return label === String(version) ? `release ${version}` : `release ${version} (${label})`;
}

function policyReason({ release, record, agentVersion, now }: PlanFacts): Plan | undefined {
  const { hold } = record;
  if (hold !== null && (hold.until === undefined || now.getTime() < Date.parse(hold.until))) {
    const until = hold.until === undefined ? "" : ` until ${hold.until}`;
    return { action: "held", code: "policy.held", why: `It is held${until}: ${hold.reason}` };
  }
  const bad = record.quarantine.find((entry) => entry.release.digest === release.digest);
  if (bad !== undefined) {
    const why = `${nameOf(release)} is quarantined since ${bad.at} (${bad.reason}).`;
    return { action: "held", code: "policy.quarantined", why: capital(why) };
  }
  const { minAgent } = release;
  if (minAgent !== undefined && isOlderVersion(agentVersion, minAgent)) {
    const why = `${nameOf(release)} needs agent ${minAgent}; this is ${agentVersion}.`;
    return { action: "held", code: "policy.min-agent", why: capital(why) };
  }
  return undefined;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
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

function planFile(file: ReleaseFile, kept: ReadonlyMap<Sha256, ManifestFile>): FilePlan {
  const from = kept.get(file.sha256);
  if (from !== undefined && from.length === file.length) return { file, how: "keep", from };
  const { zst } = file;
  if (zst !== undefined && zst < file.length) return { file, how: "zstd", bytes: zst };
  return { file, how: "whole", bytes: file.length };
}

function diskNeed(files: readonly FilePlan[]): number {
  const fetched = files.filter(({ how }) => how !== "keep");
  const bytes = fetched.reduce((sum, { file }) => sum + blocks(file.length), 0);
  return bytes + blocks(files.length * manifestBytesPerFile) + marginBytes;
}

/** Plans one database. */
export function planDatabase(facts: PlanFacts): Plan {
  const { release, installed, record, taken } = facts;
  const same = installed?.manifest.release.digest === release.digest;
  const damaged =
    installed !== undefined && (installed.suspects.size > 0 || record.tampered === installed.name);
  if (same && !damaged) {
    return { action: "none", why: `${capital(nameOf(release))} is installed.` };
  }
  if (!same || installed === undefined) {
    const reason = policyReason(facts);
    // What is damaged under a hold is repaired once the repository offers it, or by hand.
    if (reason !== undefined) return reason;
  }
  const kept = keepable(installed);
  const files = release.files.map((file) => planFile(file, kept));
  const old = installed === undefined ? "nothing" : nameOf(installed.manifest.release);
  return {
    action: same ? "repair" : "install",
    why: same
      ? `Installed files of ${nameOf(release)} differ from what was signed.`
      : `${capital(nameOf(release))} replaces ${old}.`,
    generation: generationFor(release, taken),
    files,
    fetchBytes: files.reduce((sum, file) => sum + (file.how === "keep" ? 0 : file.bytes), 0),
    diskBytes: diskNeed(files),
  };
}

/** The plan as it is shown. */
export function planDocument(plan: Plan): PlanDocument {
  const nothing = { files: 0, bytes: 0 };
  if (plan.action === "none" || plan.action === "held") {
    return { action: "none", why: plan.why, fetch: nothing, keep: nothing, disk: 0 };
  }
  const kept = plan.files.filter(({ how }) => how === "keep");
  return {
    action: plan.action,
    why: plan.why,
    fetch: { files: plan.files.length - kept.length, bytes: plan.fetchBytes },
    keep: { files: kept.length, bytes: kept.reduce((sum, { file }) => sum + file.length, 0) },
    disk: plan.diskBytes,
  };
}

/** The plan of a database of which nothing is known yet. */
export function noPlan(why: string): PlanDocument {
  return planDocument({ action: "none", why });
}
