/** Delegating a database to the keys of the persons who approve its releases. */

import { canonicalText } from "../../protocol/canonical.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { type BinSetting, withBinSetting } from "../../protocol/release/bin-settings.ts";
import { type CanaryKind, withCanaryKind } from "../../protocol/release/canary.ts";
import { checkDatabaseName } from "../../protocol/release/names.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { verifierOf } from "../../protocol/tuf/keys.ts";
import { signEnvelope } from "../../protocol/tuf/sign.ts";
import type { DelegatedRole, Targets } from "../../protocol/tuf/types.ts";
import type { NamedKey } from "../keys/key-store.ts";
import type { OpenRole } from "../keys/role-signers.ts";
import { type Publisher, withLock } from "../workspace/publisher.ts";
import { expiryOf } from "../workspace/settings.ts";
import { type Issued, issueSnapshot } from "./issue.ts";
import { checkSize, patternsOf, withDatabase } from "./next-metadata.ts";
import { deliverOutbox } from "./outbox.ts";
import type { Published } from "./published.ts";
import { databaseBins } from "./read-database.ts";
import { carryRotations } from "./sign-rotations.ts";
import { readUpcoming } from "./upcoming.ts";

/** The database to add. */
export interface NewDatabase {
  readonly name: string;
  /** How many of the keys must approve a release; more than half if it is not said. */
  readonly threshold?: number;
  readonly keys: readonly NamedKey[];
  /** How deep folders inside the database may nest. */
  readonly subfolders: number;
  /** Spread its releases over bins; fixed for the database's life. */
  readonly bins?: BinSetting;
  /** Give each of its releases a canary of this format. */
  readonly canary?: CanaryKind;
}

const maxKeys = 64;
/** Room for the description of a release and for signatures. */
const releaseBytes = 64 * 1024;

/** Throws usage.input unless the keys are different persons' and the threshold can be reached. */
export function planDelegation(request: NewDatabase): DelegatedRole {
  const { name, keys, subfolders } = request;
  checkDatabaseName(name);
  if (keys.length === 0) throw new VouchsafeError("usage.input", "A database needs a key.");
  if (keys.length > maxKeys) {
    throw new VouchsafeError("usage.input", `A database has at most ${maxKeys} keys.`);
  }
  const materials = new Map<string, string>();
  for (const { name: keyName, key } of keys) {
    const material = verifierOf(key)?.material ?? key.keyId;
    const twin = materials.get(material);
    if (twin !== undefined) {
      throw new VouchsafeError("usage.input", `${twin} and ${keyName} are one and the same key.`);
    }
    materials.set(material, keyName);
  }
  const threshold = request.threshold ?? Math.floor(keys.length / 2) + 1;
  if (threshold < 1 || threshold > keys.length) {
    const message = `The threshold must be 1 to ${keys.length}, the number of keys.`;
    throw new VouchsafeError("usage.input", message);
  }
  return {
    name,
    threshold,
    terminating: true,
    keyIds: keys.map(({ key }) => key.keyId),
    paths: { kind: "patterns", list: patternsOf(name, subfolders) },
  };
}

function checkNew(published: Published, name: string): void {
  if (!published.databases.has(name)) return;
  throw new VouchsafeError("usage.input", `The database ${name} exists already.`);
}

/** The targets with a database's bins in it; refuses more bins than a release could ever list. */
function withBins(targets: Targets, role: DelegatedRole, setting: BinSetting): Targets {
  const signers = { ...role, keys: targets.delegations?.keys ?? new Map() };
  const { delegations } = databaseBins(role.name, signers, setting);
  const own = canonicalText(encodeSigned({ ...targets, delegations, extra: {} })).length;
  checkSize("targets", `The role ${role.name}`, own + releaseBytes);
  return { ...targets, extra: withBinSetting(targets.extra, role.name, setting) };
}

function withCanary(targets: Targets, database: string, kind: CanaryKind): Targets {
  return { ...targets, extra: withCanaryKind(targets.extra, database, kind) };
}

/** What was published. */
export interface AddedDatabase extends Issued {
  readonly role: DelegatedRole;
  readonly targetsVersion: number;
}

/**
 * Adds a database and publishes the new top-level targets.
 * @throws VouchsafeError names.invalid, usage.input, key.*, secret.unavailable, busy.locked, disk.*
 */
export function addDatabase(
  publisher: Publisher,
  open: OpenRole,
  request: NewDatabase,
): Promise<AddedDatabase> {
  const role = planDelegation(request);
  const { bins, canary } = request;
  return withLock(publisher, async () => {
    await deliverOutbox(publisher);
    const { published, next: waiting } = await readUpcoming(publisher);
    checkNew(published, role.name);
    const keys = new Map(request.keys.map(({ key }) => [key.keyId, key] as const));
    const expires = expiryOf(publisher.settings, "targets", publisher.clock.now());
    const next = withDatabase(published.targets, role, keys, expires);
    const binned = bins === undefined ? next : withBins(next, role, bins);
    const targets = canary === undefined ? binned : withCanary(binned, role.name, canary);
    const signers = await open(published.root, "targets");
    const bytes = await signEnvelope(encodeSigned(targets), signers);
    const issued = await issueSnapshot(publisher, published, open, {
      roles: [{ role: "targets", version: targets.version, bytes }],
      files: [],
      proposals: [],
    });
    await carryRotations(publisher, waiting, targets, signers);
    return { ...issued, role, targetsVersion: targets.version };
  });
}
