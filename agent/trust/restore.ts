/**
 * From stored bytes back to a trusted set. Every signature is checked again (with node:crypto);
 * what does not verify any more is dropped, never repaired. Pure.
 */
import { isSha256, type Sha256, sha256 } from "../../protocol/bytes.ts";
import type { Strictness } from "../../protocol/ed25519.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { own } from "../../protocol/json.ts";
import {
  readSnapshot,
  readTargets,
  readTimestamp,
  startFrom,
  type TrustedSet,
  withTargets,
} from "../../protocol/tuf/trusted-set.ts";
import type { Root } from "../../protocol/tuf/types.ts";
import type { TrustFiles } from "./store.ts";

/** A trusted set and the bytes that it was read from. */
export interface Restored {
  readonly set: TrustedSet;
  readonly files: TrustFiles;
}

/** Stored roles were accepted before they expired: expiry is judged when they are used. */
const stored = { now: Number.NEGATIVE_INFINITY, strictness: "native" } as const;

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof VouchsafeError) return undefined;
    throw error;
  }
}

/**
 * The bootstrap root as a trusted set.
 *
 * @param strictness "native" only for bytes that the store says were accepted before
 * @throws VouchsafeError `trust.root`
 */
export function bootstrap(rootBytes: Uint8Array, strictness: Strictness = "both"): Restored {
  try {
    const set = startFrom(rootBytes, strictness);
    return { set, files: new Map([["root", Buffer.from(rootBytes)]]) };
  } catch (cause) {
    throw new VouchsafeError("trust.root", "The bootstrap root is not a valid TUF root.", {
      cause,
    });
  }
}

/**
 * Which repository a bootstrap root speaks for: SHA-256 of its 1.root.json, which later roots
 * carry in their signed field `repository`.
 *
 * @throws VouchsafeError `trust.root`
 */
export function repositoryOf(rootBytes: Uint8Array, root: Root): Sha256 {
  if (root.version === 1) return sha256(rootBytes);
  const named = own(root.extra, "repository");
  if (typeof named === "string" && isSha256(named)) return named;
  const message = `The bootstrap root is version ${root.version} and names no repository.`;
  throw new VouchsafeError("trust.root", message);
}

/** As much of the stored top-level roles as still verifies, in the order in which trust flows. */
export function restore(start: Restored, files: TrustFiles): Restored {
  const rootBytes = files.get("root");
  const root = rootBytes && attempt(() => startFrom(rootBytes, "native"));
  const usable = root !== undefined && root.root.version >= start.set.root.version;
  const kept = new Map(usable && rootBytes ? [["root", rootBytes]] : start.files);
  let set: TrustedSet = usable ? root : start.set;

  const timestampBytes = files.get("timestamp");
  const timestamp =
    timestampBytes && attempt(() => readTimestamp(set.root, timestampBytes, "native"));
  if (timestampBytes === undefined || timestamp === undefined) return { set, files: kept };
  kept.set("timestamp", timestampBytes);
  set = { ...set, timestamp };

  const snapshotBytes = files.get("snapshot");
  const snapshot =
    snapshotBytes && attempt(() => readSnapshot(set.root, timestamp, snapshotBytes, "native"));
  if (snapshotBytes === undefined || snapshot === undefined) return { set, files: kept };
  kept.set("snapshot", snapshotBytes);
  set = { ...set, snapshot };

  const topBytes = files.get("targets");
  const top = topBytes && attempt(() => readTargets(set, topBytes, "targets", "root", stored));
  if (topBytes === undefined || top === undefined) return { set, files: kept };
  kept.set("targets", topBytes);
  return { set: withTargets(set, [["targets", top]]), files: kept };
}
