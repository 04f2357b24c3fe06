/**
 * The status report: what an endpoint says of itself. State is a snapshot (the latest one counts);
 * events carry ids of their own, so that one that arrives twice is counted once.
 * A key that format 1 does not know is ignored: an agent may be newer than its console.
 */
import { isSha256, type Sha256 } from "../bytes.ts";
import type { JsonObject } from "../json.ts";
import { type AgentId, isAgentId, isBootId } from "./identity.ts";
import { reportLimits } from "./limits.ts";
import {
  orNull,
  readChoice,
  readDocument,
  readForm,
  readInteger,
  readLines,
  readList,
  readObject,
  readText,
  readTime,
  whenPresent,
} from "./read.ts";

/** How a run, or one database in it, ended (the `result` of `agent update --json`). */
export const updateResults = [
  "updated",
  "current",
  "planned",
  "held",
  "reverted",
  "refused",
  "failed",
] as const;
export type UpdateResult = (typeof updateResults)[number];

/** What can happen to a database, and `gap` where events were lost. */
export const eventKinds = [
  "installed",
  "reverted",
  "refused",
  "failed",
  "tampered",
  /** A mirror gave something wrong, and is asked last for a while. */
  "mirror",
  "gap",
] as const;
export type EventKind = (typeof eventKinds)[number];

export interface ReportedRelease {
  readonly version: number;
  readonly label: string;
  readonly digest: Sha256;
}

export interface ReportedError {
  readonly code: string;
  readonly message: string;
}

/** The operator's word that a database must not move. */
export interface ReportedHold {
  readonly reason: string;
  readonly at: string;
  /** When it ends by itself. */
  readonly until?: string;
}

export interface ReportedDatabase {
  readonly name: string;
  /** What is installed; null when nothing is. */
  readonly release: ReportedRelease | null;
  readonly installedAt: string | null;
  readonly lastCheckAt: string | null;
  readonly lastResult: UpdateResult | null;
  readonly error?: ReportedError;
  readonly hold?: ReportedHold;
}

export interface HostFacts {
  /** Absent when the operator wants it kept back. */
  readonly hostname?: string;
  /** A pseudonym instead of the name: 16 hex characters. */
  readonly hostnameHash?: string;
  /** `linux`, `win32`, … */
  readonly platform: string;
  /** `Debian GNU/Linux 12`. */
  readonly os: string;
  readonly arch: string;
  /** Version of the agent. */
  readonly version: string;
}

export interface ReportedEvent {
  /** 32 hex characters, random. */
  readonly id: string;
  readonly at: string;
  readonly kind: EventKind;
  readonly database?: string;
  readonly message: string;
  /** With kind `gap`: how many events were lost. */
  readonly lost?: number;
}

/** Where an append-only file stands: its length in entries and the hash of its last. */
export interface HistoryHead {
  readonly size: number;
  readonly sha256: Sha256;
}

export interface StatusReport {
  readonly format: 1;
  readonly agent: AgentId;
  readonly boot: string;
  readonly seq: number;
  readonly sentAt: string;
  readonly host: HostFacts;
  readonly databases: readonly ReportedDatabase[];
  readonly lastResult: UpdateResult | null;
  /** How often this agent checks by itself, seconds. */
  readonly intervalSeconds?: number;
  readonly events: readonly ReportedEvent[];
  /** The agent's whole cosigned checkpoint. */
  readonly checkpoint?: string;
  readonly historyHead?: HistoryHead;
}

const databaseForm = /^[a-z0-9][a-z0-9-]{0,40}$/;
const pseudonymForm = /^[0-9a-f]{16}$/;
const codeForm = /^[a-z-]{1,40}\.[a-z-]{1,40}$/;
const isDatabase = (text: string): text is string => databaseForm.test(text);
const isPseudonym = (text: string): text is string => pseudonymForm.test(text);
const isCode = (text: string): text is string => codeForm.test(text);
const isBoot = (text: string): text is string => isBootId(text);
const isDigest = (text: string): text is Sha256 => isSha256(text);
const { text: textMax, message: messageMax } = reportLimits;

function readRelease(object: JsonObject): ReportedRelease {
  return {
    version: readInteger(object, "version", 1, Number.MAX_SAFE_INTEGER),
    label: readText(object, "label", textMax),
    digest: readForm(object, "digest", isDigest, "a SHA-256 digest"),
  };
}

function readError(object: JsonObject): ReportedError {
  return {
    code: readForm(object, "code", isCode, "an error code"),
    message: readText(object, "message", messageMax),
  };
}

function readHold(object: JsonObject): ReportedHold {
  return {
    reason: readText(object, "reason", textMax),
    at: readTime(object, "at"),
    ...whenPresent(object, "until", () => readTime(object, "until")),
  };
}

function readDatabase(object: JsonObject): ReportedDatabase {
  return {
    name: readForm(object, "name", isDatabase, "a database name"),
    release: orNull(object, "release", () => readRelease(readObject(object, "release"))),
    installedAt: orNull(object, "installedAt", () => readTime(object, "installedAt")),
    lastCheckAt: orNull(object, "lastCheckAt", () => readTime(object, "lastCheckAt")),
    lastResult: orNull(object, "lastResult", () => readChoice(object, "lastResult", updateResults)),
    ...whenPresent(object, "error", () => readError(readObject(object, "error"))),
    ...whenPresent(object, "hold", () => readHold(readObject(object, "hold"))),
  };
}

function readHost(object: JsonObject): HostFacts {
  return {
    ...whenPresent(object, "hostname", () => readText(object, "hostname", textMax)),
    ...whenPresent(object, "hostnameHash", () =>
      readForm(object, "hostnameHash", isPseudonym, "16 hex characters"),
    ),
    platform: readText(object, "platform", 32),
    os: readText(object, "os", textMax),
    arch: readText(object, "arch", 32),
    version: readText(object, "version", 64),
  };
}

function readEvent(object: JsonObject): ReportedEvent {
  return {
    id: readForm(object, "id", isBoot, "32 hex characters"),
    at: readTime(object, "at"),
    kind: readChoice(object, "kind", eventKinds),
    message: readText(object, "message", messageMax),
    ...whenPresent(object, "database", () =>
      readForm(object, "database", isDatabase, "a database name"),
    ),
    ...whenPresent(object, "lost", () => readInteger(object, "lost", 1, 1_000_000_000)),
  };
}

/** Parses one event as it is kept on its own, with `format: 1`; throws as {@link parseStatusReport}. */
export function parseReportedEvent(bytes: Uint8Array): ReportedEvent {
  return readEvent(readDocument(bytes, reportLimits.eventBytes, "event"));
}

function readHead(object: JsonObject): HistoryHead {
  return {
    size: readInteger(object, "size", 0, Number.MAX_SAFE_INTEGER),
    sha256: readForm(object, "sha256", isDigest, "a SHA-256 digest"),
  };
}

/**
 * Parses a status report. Every text is bounded and free of control characters.
 *
 * @throws VouchsafeError `usage.input` naming the key that is not acceptable; `format.newer`
 */
export function parseStatusReport(bytes: Uint8Array): StatusReport {
  const object = readDocument(bytes, reportLimits.reportBytes, "report");
  return {
    format: 1,
    agent: readForm(object, "agent", isAgentId, "an agent id"),
    boot: readForm(object, "boot", isBoot, "32 hex characters"),
    seq: readInteger(object, "seq", 1, Number.MAX_SAFE_INTEGER),
    sentAt: readTime(object, "sentAt"),
    host: readHost(readObject(object, "host")),
    databases: readList(object, "databases", reportLimits.databases, readDatabase),
    lastResult: orNull(object, "lastResult", () => readChoice(object, "lastResult", updateResults)),
    ...whenPresent(object, "intervalSeconds", () =>
      readInteger(object, "intervalSeconds", 1, 31_536_000),
    ),
    events: readList(object, "events", reportLimits.events, readEvent),
    ...whenPresent(object, "checkpoint", () =>
      readLines(object, "checkpoint", reportLimits.checkpoint),
    ),
    ...whenPresent(object, "historyHead", () => readHead(readObject(object, "historyHead"))),
  };
}
