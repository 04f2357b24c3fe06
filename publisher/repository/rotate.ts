/**
 * Other keys for a role. The four top-level roles change by a new root, signed by a threshold of the
 * old root keys and of the new ones (TUF 5.3.4); `halt` by new targets. Everything that the old keys
 * signed and that still counts is signed again in the same publication.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import { haltDelegation, haltRole } from "../../protocol/release/halt.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { verifierOf } from "../../protocol/tuf/keys.ts";
import { type Signer, signEnvelope } from "../../protocol/tuf/sign.ts";
import { isExpired } from "../../protocol/tuf/trusted-set.ts";
import {
  type Key,
  type Root,
  type Targets,
  type TopLevelRole,
  topLevelRoles,
} from "../../protocol/tuf/types.ts";
import type { Signers } from "../../protocol/tuf/verify.ts";
import type { NamedKey } from "../keys/key-store.ts";
import type { OpenRole } from "../keys/role-signers.ts";
import { type Publisher, withLock } from "../workspace/publisher.ts";
import { expiryOf } from "../workspace/settings.ts";
import { signHalt } from "./halt.ts";
import { type Issued, issueSnapshot } from "./issue.ts";
import type { MetadataFile } from "./next-metadata.ts";
import { deliverOutbox } from "./outbox.ts";
import type { Published } from "./published.ts";
import { carryRotations } from "./sign-rotations.ts";
import { type NextTargets, readUpcoming } from "./upcoming.ts";

/** Roles whose keys can be changed. */
export const rotatableRoles = [...topLevelRoles, haltRole] as const;
export type RotatableRole = (typeof rotatableRoles)[number];

/** What is to change. */
export interface RotateRequest {
  readonly role: RotatableRole;
  /** All keys of the role from now on. */
  readonly keys: readonly NamedKey[];
  /** For root: how many of them must sign; more than half if it is not said. */
  readonly threshold?: number;
}

/** What was published. */
export interface Rotated extends Issued {
  readonly rootVersion: number;
  readonly threshold: number;
}

const maxRootKeys = 16;

const materialOf = (key: Key): string => verifierOf(key)?.material ?? key.keyId;

/** The threshold of a sound request. Throws usage.input. */
export function planRotation({ role, keys, threshold }: RotateRequest): number {
  const max = role === "root" ? maxRootKeys : 1;
  if (keys.length < 1 || keys.length > max) {
    const many = max === 1 ? "one key" : `1 to ${max} keys`;
    throw new VouchsafeError("usage.input", `The role ${role} has ${many}; give each with --key.`);
  }
  if (new Set(keys.map(({ key }) => materialOf(key))).size !== keys.length) {
    throw new VouchsafeError("usage.input", "Two of the keys are one and the same key.");
  }
  const wanted = threshold ?? Math.floor(keys.length / 2) + 1;
  if (wanted >= 1 && wanted <= keys.length) return wanted;
  const message = `The threshold must be 1 to ${keys.length}, the number of keys.`;
  throw new VouchsafeError("usage.input", message);
}

/** Throws usage.input when keys and threshold are what the role has. */
export function checkChanges(
  before: Signers | undefined,
  keys: readonly Key[],
  threshold: number,
): void {
  if (before === undefined) return;
  const old = before.keyIds.flatMap((keyId) => before.keys.get(keyId) ?? []).map(materialOf);
  const isSame = old.toSorted().join() === keys.map(materialOf).toSorted().join();
  if (!isSame || before.threshold !== threshold) return;
  throw new VouchsafeError("usage.input", "The role has exactly these keys already.");
}

/** The root that follows, with other keys for one role and none that no role uses. */
export function nextRoot(
  previous: Root,
  role: Exclude<RotatableRole, "halt">,
  keys: readonly Key[],
  threshold: number,
  { expires, repository }: { readonly expires: string; readonly repository: string },
): Root {
  const roles = {
    ...previous.roles,
    [role]: { keyIds: keys.map(({ keyId }) => keyId), threshold },
  };
  const known = new Map([...previous.keys, ...keys.map((key) => [key.keyId, key] as const)]);
  const used = new Set(Object.values(roles).flatMap(({ keyIds }) => keyIds));
  return {
    ...previous,
    version: previous.version + 1,
    expires,
    // Whoever starts from a later root learns by this which repository it is of.
    extra: { ...previous.extra, repository },
    keys: new Map([...known].filter(([keyId]) => used.has(keyId))),
    roles,
  };
}

/** The targets with another key for `halt`, or with the role for the first time. */
export function withHaltKey(previous: Targets, key: Key, expires: string): Targets {
  const { delegations } = previous;
  const others = (delegations?.roles ?? []).filter(({ name }) => name !== haltRole);
  const used = new Set([key.keyId, ...others.flatMap(({ keyIds }) => keyIds)]);
  const keys = new Map([...(delegations?.keys ?? []), [key.keyId, key] as const]);
  return {
    ...previous,
    version: previous.version + 1,
    expires,
    delegations: {
      keys: new Map([...keys].filter(([keyId]) => used.has(keyId))),
      roles: [haltDelegation(key), ...others],
    },
  };
}

function distinct(signers: readonly Signer[]): readonly Signer[] {
  return [...new Map(signers.map((signer) => [signer.key.keyId, signer] as const)).values()];
}

/**
 * The keys that a role has had, if they can be opened: what they sign beside the new ones can be
 * verified before and after a client learns of the new root. Keys that were lost leave a moment,
 * between the new root and the new timestamp, in which clients refuse and try again later.
 */
async function openIfHere(
  open: OpenRole,
  root: Root,
  role: Exclude<TopLevelRole, "root">,
): Promise<readonly Signer[] | undefined> {
  try {
    return await open(root, role);
  } catch (error) {
    const codes = ["key.unusable", "key.passphrase", "secret.unavailable"];
    if (error instanceof VouchsafeError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

interface Work {
  readonly publisher: Publisher;
  readonly published: Published;
  readonly next: NextTargets;
  readonly open: OpenRole;
  readonly keys: readonly Key[];
  readonly threshold: number;
}

async function rotateTopLevel(work: Work, role: Exclude<RotatableRole, "halt">): Promise<Issued> {
  const { publisher, published, open, keys, threshold } = work;
  const { settings, clock } = publisher;
  checkChanges({ keys: published.root.keys, ...published.root.roles[role] }, keys, threshold);
  const expires = expiryOf(settings, "root", clock.now());
  const { repository } = settings;
  const root = nextRoot(published.root, role, keys, threshold, { expires, repository });
  const old = await open(published.root, "root");
  const both = role === "root" ? distinct([...old, ...(await open(root, "root"))]) : old;
  const bytes = await signEnvelope(encodeSigned(root), both);
  const leaving = role === "root" ? undefined : await openIfHere(open, published.root, role);
  const openBoth: OpenRole = async (from, wanted) =>
    distinct([...(await open(from, wanted)), ...(wanted === role ? (leaving ?? []) : [])]);
  const next = { ...published, root };
  const roles: MetadataFile[] = [];
  if (role === "targets") {
    const version = published.targets.version + 1;
    const until = expiryOf(settings, "targets", clock.now());
    const targets = encodeSigned({ ...published.targets, version, expires: until });
    const signed = await signEnvelope(targets, await openBoth(root, "targets"));
    roles.push({ role, version, bytes: signed });
  }
  const file = { role: "root", version: root.version, bytes };
  const rootLast = leaving !== undefined;
  const changes = { roles, files: [], proposals: [], root: file, rootLast };
  return issueSnapshot(publisher, next, openBoth, changes);
}

async function rotateHalt(
  { publisher, published, next, open, keys }: Work,
  openKeys: (signers: Signers) => Promise<readonly Signer[]>,
): Promise<Issued> {
  const [key] = keys;
  if (key === undefined) throw new Error("planRotation gives halt one key");
  const now = publisher.clock.now();
  const before = published.targets.delegations;
  const role = before?.roles.find(({ name }) => name === haltRole);
  checkChanges(before && role && { keys: before.keys, ...role }, keys, 1);
  const expires = expiryOf(publisher.settings, "targets", now);
  const targets = withHaltKey(published.targets, key, expires);
  const targetsSigners = await open(published.root, "targets");
  const bytes = await signEnvelope(encodeSigned(targets), targetsSigners);
  const roles: MetadataFile[] = [{ role: "targets", version: targets.version, bytes }];
  if (published.halt !== undefined) {
    const signers = await openKeys({
      keys: new Map([[key.keyId, key]]),
      keyIds: [key.keyId],
      threshold: 1,
    });
    // What has run out is not brought back to life by another key.
    const halted = isExpired(published.halt, now.getTime()) ? [] : published.halt.halted;
    const { expires: _until, ...file } = await signHalt(publisher, published, halted, signers);
    roles.push(file);
  }
  const changes = { roles, files: [], proposals: [] };
  const issued = await issueSnapshot(publisher, published, open, changes);
  await carryRotations(publisher, next, targets, targetsSigners);
  return issued;
}

/**
 * Gives a role other keys, and publishes that.
 *
 * @param openKeys opens the private halves of keys that no metadata names yet
 * @throws VouchsafeError usage.input, key.*, secret.unavailable, busy.locked, disk.*
 */
export function rotate(
  publisher: Publisher,
  open: OpenRole,
  openKeys: (signers: Signers) => Promise<readonly Signer[]>,
  request: RotateRequest,
): Promise<Rotated> {
  const threshold = planRotation(request);
  return withLock(publisher, async () => {
    await deliverOutbox(publisher);
    const { published, next } = await readUpcoming(publisher);
    const keys = request.keys.map(({ key }) => key);
    const work = { publisher, published, next, open, keys, threshold };
    const { role } = request;
    const issued =
      role === "halt" ? await rotateHalt(work, openKeys) : await rotateTopLevel(work, role);
    const rootVersion = published.root.version + (role === "halt" ? 0 : 1);
    return { ...issued, rootVersion, threshold };
  });
}
