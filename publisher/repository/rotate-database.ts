/**
 * Other persons for a database. The targets keys sign the change at once, as the exact bytes of
 * the next top-level targets; it is published together with the first release that the new keys
 * approved, in one snapshot, for what the old keys signed does not count under the new ones.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { signEnvelope } from "../../protocol/tuf/sign.ts";
import type { NamedKey } from "../keys/key-store.ts";
import type { OpenRole } from "../keys/role-signers.ts";
import { placeOf } from "../proposal/place.ts";
import { exists, type Publisher, withLock } from "../workspace/publisher.ts";
import { expiryOf } from "../workspace/settings.ts";
import { planDelegation } from "./add-database.ts";
import { type Issued, issueSnapshot } from "./issue.ts";
import { deliverOutbox } from "./outbox.ts";
import { databaseNamed } from "./published.ts";
import { checkChanges } from "./rotate.ts";
import type { Rotation } from "./rotation.ts";
import { signRotations } from "./sign-rotations.ts";
import { dropNextTargets, readUpcoming, type SignedTargets } from "./upcoming.ts";

/** What is to change. */
export interface DatabaseRotation {
  readonly database: string;
  /** All keys of the database from its next release on. */
  readonly keys: readonly NamedKey[];
  /** How many of them must approve; more than half if it is not said. */
  readonly threshold?: number;
}

/** A change that was signed and waits for a release. */
export interface SignedRotation {
  readonly threshold: number;
  readonly targetsVersion: number;
  /** When the signed change expires, unless it is published before. */
  readonly expires: string;
  /** All databases whose keys change with it, at the same moment. */
  readonly together: readonly string[];
  /** Whether an open proposal, made for the old keys, counts no more. */
  readonly voidsProposal: boolean;
}

function checkNotPending(database: string, rotations: readonly Rotation[]): void {
  if (!rotations.some((rotation) => rotation.database === database)) return;
  const message =
    `The keys of ${database} change with its next release already; ` +
    `"key rotate ${database} --withdraw" takes that back.`;
  throw new VouchsafeError("usage.input", message);
}

/**
 * Signs other keys for a database. Needs the targets keys. Nothing changes for clients until
 * `publish` finds a release that a threshold of the new keys approved.
 * @throws VouchsafeError usage.input, state.missing, key.*, secret.unavailable, busy.locked, disk.*
 */
export function rotateDatabase(
  publisher: Publisher,
  open: OpenRole,
  { database: name, ...request }: DatabaseRotation,
): Promise<SignedRotation> {
  const { keyIds, threshold } = planDelegation({ ...request, name, subfolders: 0 });
  return withLock(publisher, async () => {
    await deliverOutbox(publisher);
    const { published, next } = await readUpcoming(publisher);
    const { signers } = databaseNamed(published, name);
    const keys = request.keys.map(({ key }) => key);
    const pending = next.kind === "signed" ? next.rotations : [];
    checkChanges(signers, keys, threshold);
    checkNotPending(name, pending);
    const rotation = {
      database: name,
      keys: new Map(keys.map((key) => [key.keyId, key] as const)),
      keyIds,
      threshold,
    };
    const rotations = [...pending, rotation];
    const targetsSigners = await open(published.root, "targets");
    const { version, expires } = await signRotations(
      publisher,
      published.targets,
      rotations,
      targetsSigners,
    );
    return {
      threshold,
      targetsVersion: version,
      expires,
      together: rotations.map(({ database }) => database),
      voidsProposal: await exists(publisher.fs, placeOf(publisher, name).dir),
    };
  });
}

/** What a withdrawal did. */
export interface WithdrawnRotation {
  /** Whether something was published: only bytes that could have counted need that. */
  readonly issued?: Issued & { readonly targetsVersion: number };
  /** The databases whose keys still change with their next release. */
  readonly remaining: readonly string[];
}

async function revoke(
  publisher: Publisher,
  open: OpenRole,
  name: string,
  { targets: signed, digest, rotations }: SignedTargets,
): Promise<WithdrawnRotation> {
  const { published } = await readUpcoming(publisher);
  const signers = await open(published.root, "targets");
  const expires = expiryOf(publisher.settings, "targets", publisher.clock.now());
  const targets = { ...published.targets, version: signed.version + 1, expires };
  const bytes = await signEnvelope(encodeSigned(targets), signers);
  const issued = await issueSnapshot(publisher, published, open, {
    roles: [{ role: "targets", version: targets.version, bytes }],
    files: [],
    proposals: [{ database: "targets", digest }],
  });
  const rest = rotations.filter(({ database }) => database !== name);
  if (rest.length > 0) await signRotations(publisher, targets, rest, signers);
  const remaining = rest.map(({ database }) => database);
  return { issued: { ...issued, targetsVersion: targets.version }, remaining };
}

/**
 * Takes a signed change of keys back. A signature cannot be unmade, so targets of a later version,
 * without the change, are published: whoever kept a copy of the bytes has nothing.
 * @throws VouchsafeError state.missing when nothing waits, key.*, secret.unavailable, busy.locked,
 *   disk.*
 */
export function withdrawRotation(
  publisher: Publisher,
  open: OpenRole,
  name: string,
): Promise<WithdrawnRotation> {
  return withLock(publisher, async () => {
    await deliverOutbox(publisher);
    const { published, next } = await readUpcoming(publisher);
    databaseNamed(published, name);
    if (next.kind === "void") {
      await dropNextTargets(publisher);
      return { remaining: [] };
    }
    if (next.kind === "signed" && next.rotations.some(({ database }) => database === name)) {
      return revoke(publisher, open, name, next);
    }
    throw new VouchsafeError("state.missing", `The keys of ${name} are not about to change.`);
  });
}
