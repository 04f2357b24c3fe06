/**
 * What the agent remembers of a database besides its generations: which it committed last, which
 * one was before, what is quarantined or held, and whether somebody should look closer.
 */
import type { FileSystem } from "../../host/file-system.ts";
import { isObject, type JsonObject, type JsonValue, own } from "../../protocol/json.ts";
import { haltLimits } from "../../protocol/release/halt.ts";
import {
  arrayAt,
  formatError,
  integerAt,
  objectAt,
  required,
  stringAt,
} from "../../protocol/tuf/fields.ts";
import type { Sighting } from "../policy/delay.ts";
import type { Hold } from "../policy/hold.ts";
import { type DatabasePlaces, type GenerationName, isGenerationName } from "./layout.ts";
import { digestAt, encodeReleaseRef, parseReleaseRef, type ReleaseRef } from "./release-ref.ts";
import { readStateFile, type StateFile, writeStateFile } from "./state-file.ts";

/** A release that failed here; it is not tried again. */
export interface Quarantine {
  readonly release: ReleaseRef;
  readonly at: string;
  /** Error code, or `rolled-back`. */
  readonly reason: string;
}

export interface DatabaseRecord {
  readonly current: GenerationName | null;
  readonly previous: GenerationName | null;
  readonly quarantine: readonly Quarantine[];
  readonly hold: Hold | null;
  /** A generation that `verify` found changed: the next update repairs it. */
  readonly tampered: GenerationName | null;
  /** Versions that the vendor had stopped when the repository was last checked. */
  readonly halted: readonly number[];
  /** A release that policy keeps back, and when it was first seen. */
  readonly seen: Sighting | null;
  /** When the self-check last read all installed files and found them as signed. */
  readonly verifiedAt: string | null;
}

export const emptyRecord: DatabaseRecord = {
  current: null,
  previous: null,
  quarantine: [],
  hold: null,
  tampered: null,
  halted: [],
  seen: null,
  verifiedAt: null,
};

const maxBytes = 1_000_000;
const maxQuarantined = 64;

function generationAt(value: JsonValue | undefined): GenerationName | null {
  if (value === null) return null;
  const text = stringAt(value, "generation");
  if (isGenerationName(text)) return text;
  throw formatError("generation", "is no name of a generation");
}

function parseQuarantine(value: JsonValue): Quarantine {
  const object = objectAt(value, "quarantine");
  return {
    release: parseReleaseRef(required(object, "release", "quarantine")),
    at: stringAt(required(object, "at", "quarantine"), "at", 32),
    reason: stringAt(required(object, "reason", "quarantine"), "reason", 80),
  };
}

function parseHold(value: JsonValue): Hold | null {
  if (!isObject(value)) return null;
  const until = own(value, "until");
  return {
    reason: stringAt(required(value, "reason", "hold"), "reason", 1000),
    at: stringAt(required(value, "at", "hold"), "at", 32),
    ...(until === undefined ? {} : { until: stringAt(until, "until", 32) }),
  };
}

function parseSighting(value: JsonValue): Sighting | null {
  if (!isObject(value)) return null;
  return {
    digest: digestAt(required(value, "digest", "seen"), "digest"),
    at: stringAt(required(value, "at", "seen"), "at", 32),
  };
}

function parseHalted(value: JsonValue): readonly number[] {
  return arrayAt(value, "halted", haltLimits.releases).map((version) =>
    integerAt(version, "halted: version", 1),
  );
}

function parse(object: JsonObject): DatabaseRecord {
  const at = (name: string) => required(object, name, "record");
  const verifiedAt = own(object, "verifiedAt") ?? null;
  return {
    current: generationAt(at("current")),
    previous: generationAt(at("previous")),
    quarantine: arrayAt(at("quarantine"), "quarantine", maxQuarantined).map(parseQuarantine),
    hold: parseHold(at("hold")),
    tampered: generationAt(at("tampered")),
    halted: parseHalted(own(object, "halted") ?? []),
    seen: parseSighting(own(object, "seen") ?? null),
    verifiedAt: verifiedAt === null ? null : stringAt(verifiedAt, "verifiedAt", 32),
  };
}

/** Reads the record. Throws `format.newer`, `disk.*`. */
export function readRecord(
  fs: FileSystem,
  places: DatabasePlaces,
): Promise<StateFile<DatabaseRecord>> {
  return readStateFile(fs, places.record, maxBytes, parse);
}

/** Writes the record, durably. Throws `disk.*`. */
export async function writeRecord(
  fs: FileSystem,
  places: DatabasePlaces,
  record: DatabaseRecord,
): Promise<void> {
  const { current, previous, hold, tampered, halted, seen, verifiedAt } = record;
  const quarantine = record.quarantine.map(({ release, at, reason }) => ({
    release: encodeReleaseRef(release),
    at,
    reason,
  }));
  const written = hold === null ? null : { ...hold };
  const value = {
    current,
    previous,
    quarantine,
    hold: written,
    tampered,
    halted: [...halted],
    seen: seen === null ? null : { ...seen },
    verifiedAt,
  };
  await writeStateFile(fs, places.record, value, 0o600);
}

/** Quarantine with one more release in it; the newest entries stay when there are too many. */
export function quarantined(
  record: DatabaseRecord,
  release: ReleaseRef,
  at: string,
  reason: string,
): readonly Quarantine[] {
  const others = record.quarantine.filter((entry) => entry.release.digest !== release.digest);
  return [...others, { release, at, reason }].slice(-maxQuarantined);
}
