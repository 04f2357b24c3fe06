/** What the pipeline is given, what it is asked, and what it answers. */
import type { Clock } from "../../host/clock.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { Log } from "../../host/log.ts";
import type { ErrorDocument } from "../../protocol/errors.ts";
import type { UpdateResult } from "../../protocol/report/status-report.ts";
import type { Consumer } from "../consumer/consumer.ts";
import type { Pointer } from "../platform/pointer.ts";
import type { DatabasePolicy, PolicyReason } from "../policy/decide.ts";
import type { Deviation } from "../store/check-generation.ts";
import type { HistorySigner } from "../store/history-head.ts";
import type { ReleaseRef } from "../store/release-ref.ts";
import type { Partials } from "../transfer/partials.ts";
import type { Repository } from "../transfer/repository.ts";
import type { TrustClient } from "../trust/types.ts";
import type { UpdateState } from "./transitions.ts";

/** A database as it is configured. */
export interface ManagedDatabase {
  readonly name: string;
  /** Generations kept on disk; never fewer than the current and the previous one. */
  readonly keep: number;
  readonly consumer: Consumer;
  /** The customer's word; nothing is kept back without it. */
  readonly policy?: DatabasePolicy;
}

/** How far a database has come. Amounts are bytes. */
export interface ProgressEvent {
  readonly database: string;
  readonly step: UpdateState;
  /** The file being worked on, relative to the database. */
  readonly file?: string;
  readonly done: number;
  readonly total: number;
}

/** What every operation of this room needs. */
export interface EngineContext {
  readonly fs: FileSystem;
  readonly pointer: Pointer;
  readonly clock: Clock;
  /** So many random bytes. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly log: Log;
  /** The state folder, absolute. */
  readonly state: string;
  /** The user that the agent runs as, or undefined where there is no such number (Windows). */
  readonly uid: number | undefined;
  /** Sees to the state folder's owners and permissions where users have no numbers. */
  readonly secureState?: () => Promise<void>;
  readonly databases: readonly ManagedDatabase[];
  /** The agent's key, made when it is first asked for; undefined if it cannot be read. */
  readonly identity: () => Promise<HistorySigner | undefined>;
  /** How long to wait for another worker on the same state, in milliseconds. */
  readonly lockWaitMs: number;
  readonly onProgress?: (event: ProgressEvent) => void;
  readonly signal?: AbortSignal;
}

/** What an update needs besides. */
export interface UpdateContext extends EngineContext {
  /** Opened once the lock is held. */
  readonly openTrust: () => Promise<TrustClient>;
  readonly repository: Repository;
  /** Parts of downloads that are not over; nothing is kept without it. */
  readonly partials?: Partials;
  /** Version of this agent, for `minAgent`. */
  readonly agentVersion: string;
  /** How often installed files are read in full, milliseconds; never if absent. */
  readonly selfCheckMs?: number;
}

export interface UpdateRequest {
  /** All configured ones if absent. */
  readonly databases?: readonly string[];
  /** Skip schedule, jitter and window. */
  readonly now: boolean;
  /** Skip the rollout too; never a hold or a quarantine. */
  readonly force: boolean;
  readonly planOnly: boolean;
}

/** The plan as people and programs read it. Amounts are bytes. */
export interface PlanDocument {
  readonly action: "none" | "install" | "repair";
  /** One sentence. */
  readonly why: string;
  /** All that keeps the offered release back, what counts most first. */
  readonly reasons?: readonly PolicyReason[];
  /** What comes over the network. */
  readonly fetch: { readonly files: number; readonly bytes: number };
  /** What is taken from the generation on the disk. */
  readonly keep: { readonly files: number; readonly bytes: number };
  /** Free space that it needs. */
  readonly disk: number;
}

export interface DatabaseOutcome {
  readonly name: string;
  readonly result: UpdateResult;
  /** What was current before. */
  readonly from: ReleaseRef | null;
  /** What the repository offers, or was rolled back to; null when that is not known. */
  readonly to: ReleaseRef | null;
  /** Bytes received for files. */
  readonly bytes: number;
  readonly seconds: number;
  readonly plan: PlanDocument;
  /** Installed files that were not as they were signed. */
  readonly tampered?: readonly Deviation[];
  /** What went another way than planned, and was made good. */
  readonly notes?: readonly string[];
  /** Mirrors that gave something wrong, each in a sentence. */
  readonly mirrors?: readonly string[];
  readonly error?: ErrorDocument;
}

export interface UpdateOutcome {
  readonly result: UpdateResult;
  readonly databases: readonly DatabaseOutcome[];
  readonly error?: ErrorDocument;
}
