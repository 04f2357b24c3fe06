/** Halting: a release is stopped at once, by one key, without a proposal. */
import { VouchsafeError } from "../../protocol/errors.ts";
import {
  type HaltedRelease,
  haltLimits,
  haltOf,
  haltRole,
  makeHalt,
} from "../../protocol/release/halt.ts";
import { checkSignedText } from "../../protocol/release/names.ts";
import { roleNamed } from "../../protocol/tuf/delegations.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { type Signer, signEnvelope } from "../../protocol/tuf/sign.ts";
import type { Signers } from "../../protocol/tuf/verify.ts";
import type { OpenRole } from "../keys/role-signers.ts";
import { type Publisher, withLock } from "../workspace/publisher.ts";
import { expiryOf } from "../workspace/settings.ts";
import { type Issued, issueSnapshot } from "./issue.ts";
import type { MetadataFile } from "./next-metadata.ts";
import { deliverOutbox } from "./outbox.ts";
import { databaseNamed, type Published, readPublished } from "./published.ts";

/** What to stop, or what to let go again. */
export interface HaltRequest {
  readonly database: string;
  readonly version: number;
  readonly reason: string;
  readonly lift: boolean;
}

/** What is stopped now. */
export interface Halted extends Issued {
  /** When all of it ends by itself. */
  readonly expires: string;
  readonly halted: readonly HaltedRelease[];
}

/** Opens the keys of the role `halt`, which the top-level targets name. */
export type OpenHalt = (signers: Signers) => Promise<readonly Signer[]>;

/**
 * Who signs for the role `halt`.
 * @throws VouchsafeError state.missing in a repository that was made before there was such a role
 */
export function haltSigners({ targets: { delegations } }: Published): Signers {
  const role = delegations === undefined ? undefined : roleNamed(delegations, haltRole);
  if (delegations !== undefined && role !== undefined) {
    return { keys: delegations.keys, keyIds: role.keyIds, threshold: role.threshold };
  }
  const message = 'This repository has no role "halt" yet; "key rotate halt" gives it one.';
  throw new VouchsafeError("state.missing", message);
}

/** The list with one more release in it, or without it; the latest stops if there are too many. */
function nextList(
  published: Published,
  { database: name, version, reason, lift }: HaltRequest,
  now: Date,
): readonly HaltedRelease[] {
  const database = databaseNamed(published, name);
  const before = published.halt?.halted ?? [];
  const current = database.release?.version ?? 0;
  const others = before.filter((entry) => entry.database !== name || entry.version !== version);
  const old = haltOf(before, name, version);
  if (lift) {
    if (old !== undefined) return others;
    throw new VouchsafeError("state.missing", `${name} ${version} is not halted.`);
  }
  if (version < 1 || version > current) {
    const have = current === 0 ? "nothing is published" : `${current} is published`;
    throw new VouchsafeError("state.missing", `${name} has no release ${version}; ${have}.`);
  }
  const at = old?.at ?? formatUtc(now.getTime());
  const kept = others.slice(1 - haltLimits.releases);
  return [
    ...kept,
    { database: name, version, reason: reason === "" ? (old?.reason ?? "") : reason, at },
  ];
}

/** The finished role `halt` of a list. */
export async function signHalt(
  { settings, clock }: Publisher,
  published: Published,
  halted: readonly HaltedRelease[],
  signers: readonly Signer[],
): Promise<MetadataFile & { readonly expires: string }> {
  const version = (published.halt?.version ?? 0) + 1;
  const expires = expiryOf(settings, "halt", clock.now());
  const role = makeHalt(settings.repository, version, expires, halted);
  return {
    role: haltRole,
    version,
    expires,
    bytes: await signEnvelope(encodeSigned(role), signers),
  };
}

/**
 * Stops a release, or lets it go again, and publishes that at once. What was stopped before stays
 * stopped, and all of it lives for a full lifetime from now.
 * @throws VouchsafeError state.missing, names.invalid, key.*, secret.unavailable, busy.locked,
 *   disk.*
 */
export function halt(
  publisher: Publisher,
  open: OpenRole,
  openHalt: OpenHalt,
  request: HaltRequest,
): Promise<Halted> {
  checkSignedText(request.reason, "reason", haltLimits.reason);
  return withLock(publisher, async () => {
    await deliverOutbox(publisher);
    const published = await readPublished(publisher);
    const halted = nextList(published, request, publisher.clock.now());
    const signers = await openHalt(haltSigners(published));
    const { expires, ...file } = await signHalt(publisher, published, halted, signers);
    const changes = { roles: [file], files: [], proposals: [] };
    const issued = await issueSnapshot(publisher, published, open, changes);
    return { ...issued, expires, halted };
  });
}
