/**
 * What the trust store holds, for whoever only looks (status, doctor, metrics): signatures are
 * checked again, nothing is changed, and no network is asked.
 */
import type { FileSystem } from "../../host/file-system.ts";
import type { Sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { haltRole } from "../../protocol/release/halt.ts";
import { parseEnvelope } from "../../protocol/tuf/envelope.ts";
import { integerAt, required, utcAt } from "../../protocol/tuf/fields.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { createdAt } from "./freshness.ts";
import { openStored } from "./open-stored.ts";
import type { Restored } from "./restore.ts";
import { readBlob, type StoredTrust, type StorePlaces } from "./store.ts";
import type { Validators } from "./types.ts";

/** A role as it is trusted. */
export interface TrustedRole {
  readonly role: string;
  readonly version: number;
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly expires: string;
}

/** All that is trusted. */
export interface TrustSummary {
  readonly repository: Sha256;
  /** Root first, then timestamp, snapshot and targets as far as they are held, then databases. */
  readonly roles: readonly TrustedRole[];
  /** When the timestamp was made by its signed word, milliseconds since 1970. */
  readonly timestampCreated?: number;
  /** What the mirror gave with the timestamp. */
  readonly validators?: Validators;
}

function roleOf(role: string, { version, expires }: { version: number; expires: string }) {
  return { role, version, expires };
}

/**
 * A database's role: its bytes have the digest that the trusted snapshot lists, so its signatures
 * were checked when it was taken.
 */
async function databaseRole(
  fs: FileSystem,
  dir: string,
  role: string,
  { set }: Restored,
  kept: StoredTrust["kept"],
): Promise<TrustedRole | undefined> {
  const digest = kept.get(role);
  const listed = set.snapshot?.meta.get(`${role}.json`)?.hashes?.get("sha256");
  if (digest === undefined || digest !== listed) return undefined;
  const bytes = await readBlob(fs, dir, digest);
  if (bytes === undefined) return undefined;
  try {
    const { signed } = parseEnvelope(bytes, limits.targetsBytes);
    const version = integerAt(required(signed, "version", role), `${role}: version`, 1);
    return { role, version, expires: utcAt(required(signed, "expires", role), role) };
  } catch (error) {
    if (error instanceof VouchsafeError) return undefined;
    throw error;
  }
}

/**
 * Looks into the trust store.
 *
 * @param rootBytes the bootstrap root
 * @throws VouchsafeError `trust.root`, `format.newer`, `disk.*`
 */
export async function inspectTrust(
  fs: FileSystem,
  places: StorePlaces,
  rootBytes: Uint8Array,
): Promise<TrustSummary> {
  const { repository, ours, restored } = await openStored(fs, places, rootBytes);
  const { root, timestamp, snapshot, targets } = restored.set;
  const top = targets.get("targets");
  const databases: TrustedRole[] = [];
  for (const { name } of top?.delegations?.roles ?? []) {
    if (name === haltRole) continue; // its expiry ends its effect, and is no fault
    const role = await databaseRole(fs, places.dir, name, restored, ours?.kept ?? new Map());
    if (role !== undefined) databases.push(role);
  }
  const created = timestamp === undefined ? undefined : createdAt(timestamp);
  return {
    repository,
    roles: [
      roleOf("root", root),
      ...(timestamp === undefined ? [] : [roleOf("timestamp", timestamp)]),
      ...(snapshot === undefined ? [] : [roleOf("snapshot", snapshot)]),
      ...(top === undefined ? [] : [roleOf("targets", top)]),
      ...databases,
    ],
    ...(created === undefined ? {} : { timestampCreated: created }),
    ...(ours?.validators === undefined ? {} : { validators: ours.validators }),
  };
}
