/**
 * What the next publication starts from: what is published, and the change of keys that lies
 * signed beside it (`proposals/targets/role.json`, the exact bytes of the next top-level targets).
 * Those bytes are hostile until the targets keys' signatures and every difference were checked.
 */
import {
  makeDirDurable,
  readFileIfExists,
  removeTemporaries,
  writeFileDurable,
} from "../../host/durable.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { parseEnvelope } from "../../protocol/tuf/envelope.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { parseTargets } from "../../protocol/tuf/parse.ts";
import { isExpired } from "../../protocol/tuf/trusted-set.ts";
import type { Targets } from "../../protocol/tuf/types.ts";
import { verifyEnvelope } from "../../protocol/tuf/verify.ts";
import { discardProposal, placeOf } from "../proposal/place.ts";
import { modes } from "../workspace/layout.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import type { MetadataFile } from "./next-metadata.ts";
import { delegatedDatabases, type Published, readPublished } from "./published.ts";
import type { Database } from "./read-database.ts";
import { delegationDigest, type Rotation, rotationsBetween } from "./rotation.ts";

/** The place of the next targets among the proposals; no database may have the name. */
const targetsRole = "targets";

/** The next top-level targets, signed, and what they change. */
export interface SignedTargets {
  readonly kind: "signed";
  readonly targets: Targets;
  readonly file: MetadataFile;
  /** SHA-256 of the exact bytes. */
  readonly digest: Sha256;
  readonly rotations: readonly Rotation[];
}

/** What lies beside the published state: nothing, something that does not count, or new keys. */
export type NextTargets =
  | { readonly kind: "none" }
  | { readonly kind: "void"; readonly why: string }
  | SignedTargets;

/** What the next publication starts from. */
export interface Upcoming {
  readonly published: Published;
  /** The databases under the keys that their next release is judged by. */
  readonly databases: ReadonlyMap<string, Database>;
  readonly next: NextTargets;
}

const again =
  'sign it again with "key rotate DATABASE", or take it back with "key rotate DATABASE --withdraw"';

function judge(published: Published, bytes: Buffer, now: number): NextTargets {
  const { root } = published;
  const signers = { keys: root.keys, ...root.roles.targets };
  try {
    const envelope = parseEnvelope(bytes, limits.targetsBytes);
    const targets = parseTargets(verifyEnvelope(envelope, signers, targetsRole));
    const { version, expires } = targets;
    if (version !== published.targets.version + 1) {
      const why = `The change of keys was overtaken by targets ${published.targets.version}: ${again}.`;
      return { kind: "void", why };
    }
    if (isExpired(targets, now)) {
      return { kind: "void", why: `The change of keys expired at ${expires}: ${again}.` };
    }
    const rotations = rotationsBetween(published.targets, targets);
    const file = { role: targetsRole, version, bytes };
    return { kind: "signed", targets, file, digest: sha256(bytes), rotations };
  } catch (error) {
    if (!(error instanceof VouchsafeError)) throw error;
    return { kind: "void", why: `${error.message} The change of keys does not count: ${again}.` };
  }
}

/** A database under new keys. Nothing that the old ones signed counts under them, bins included. */
function underNewKeys(published: Published, { targets }: SignedTargets, name: string): Database[] {
  const before = published.databases.get(name);
  const after = delegatedDatabases(targets).find((database) => database.name === name);
  if (before === undefined || after === undefined) return [];
  const { release, signers } = before;
  const rotation = { digest: delegationDigest(after.signers), before: signers };
  if (release === undefined) return [{ ...after, rotation }];
  return [{ ...after, rotation, release: { ...release, bins: new Map() } }];
}

/**
 * Reads what is published and what the next publication is to change of keys.
 * @throws VouchsafeError repository.incomplete, trust.*, disk.*
 */
export async function readUpcoming(publisher: Publisher): Promise<Upcoming> {
  const published = await readPublished(publisher);
  const path = placeOf(publisher, targetsRole).role;
  const bytes = await readFileIfExists(publisher.fs, path, limits.targetsBytes);
  if (bytes === undefined) {
    return { published, databases: published.databases, next: { kind: "none" } };
  }
  const next = judge(published, bytes, publisher.clock.now().getTime());
  if (next.kind !== "signed") return { published, databases: published.databases, next };
  const changed = next.rotations.flatMap(({ database }) => underNewKeys(published, next, database));
  const databases = new Map([
    ...published.databases,
    ...changed.map((database) => [database.name, database] as const),
  ]);
  return { published, databases, next };
}

/** Keeps signed targets for the next publication, in place of others. */
export async function keepNextTargets(publisher: Publisher, bytes: Buffer): Promise<void> {
  const { dir, role } = placeOf(publisher, targetsRole);
  await makeDirDurable(publisher.fs, dir, modes.workDir);
  await removeTemporaries(publisher.fs, dir);
  await writeFileDurable(publisher.fs, role, bytes, { mode: modes.workFile });
}

/** Removes the targets that were kept. What was signed stays signed: see `withdrawRotation`. */
export async function dropNextTargets(publisher: Publisher): Promise<void> {
  const isThere = await exists(publisher.fs, placeOf(publisher, targetsRole).dir);
  if (isThere) await discardProposal(publisher, targetsRole);
}
