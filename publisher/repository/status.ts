/** What expires when, and what waits for whom. Reads only; needs no key and no lock. */
import { type ErrorDocument, errorDocument } from "../../protocol/errors.ts";
import type { BinSetting } from "../../protocol/release/bin-settings.ts";
import type { HaltedRelease } from "../../protocol/release/halt.ts";
import { verifierOf } from "../../protocol/tuf/keys.ts";
import { listKeys, type NamedKey } from "../keys/key-store.ts";
import { openProposals } from "../proposal/place.ts";
import { readProposal } from "../proposal/stored.ts";
import type { Publisher } from "../workspace/publisher.ts";
import { type ExpiringRole, keysDir } from "../workspace/settings.ts";
import { isPending } from "./outbox.ts";
import type { Published } from "./published.ts";
import type { Database } from "./read-database.ts";
import { type NextTargets, readUpcoming } from "./upcoming.ts";

/** The life of one role's metadata. "soon": less than a quarter of its lifetime is left. */
export interface Expiry {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  readonly state: "ok" | "soon" | "expired";
}

/** A person's key, as far as it is known here. */
export interface Person {
  readonly keyId: string;
  /** The name of the key file here, if there is one. */
  readonly name: string | null;
}

/** An open proposal and who has yet to look at it. */
export interface ProposalStatus {
  readonly database: string;
  readonly version: number;
  readonly label: string;
  readonly digest: string;
  readonly created: string;
  readonly approvedBy: readonly Person[];
  /** Keys that may still approve; empty once the threshold is reached. */
  readonly waitingFor: readonly Person[];
  readonly missing: number;
  /** Names of the bins that an approval signs; none for a database without bins. */
  readonly bins: readonly string[];
  /** Approvals that do not count any more. */
  readonly voided: readonly Person[];
}

/** A proposal that cannot be published as it is. */
export interface BrokenProposal {
  readonly database: string;
  readonly error: ErrorDocument;
}

/** A database and what is published of it. */
export interface DatabaseStatus {
  readonly name: string;
  readonly threshold: number;
  readonly keys: readonly Person[];
  /** Who approves from the next release on, where that is to change. */
  readonly next: { readonly threshold: number; readonly keys: readonly Person[] } | null;
  readonly bins: BinSetting | null;
  readonly release: { version: number; label: string; digest: string; created: string } | null;
}

/** A signed change of keys that waits for releases, or that does not count. */
export type KeyChange =
  | {
      readonly state: "signed";
      readonly targetsVersion: number;
      readonly expires: string;
      readonly databases: readonly string[];
    }
  | { readonly state: "void"; readonly why: string };

/** Everything that `status` tells. */
export interface PublisherStatus {
  readonly repository: string;
  readonly publication: "finished" | "unfinished";
  readonly expiries: readonly Expiry[];
  readonly databases: readonly DatabaseStatus[];
  readonly keyChange: KeyChange | null;
  /** Releases that no agent installs; those of an expired role may be installed again. */
  readonly halted: readonly HaltedRelease[];
  readonly proposals: readonly ProposalStatus[];
  readonly broken: readonly BrokenProposal[];
}

/** How a role stands at a moment, given its lifetime in days. */
export function expiryState(expires: string, lifetimeDays: number, now: Date): Expiry["state"] {
  const left = Date.parse(expires) - now.getTime();
  if (left <= 0) return "expired";
  return left < (lifetimeDays * 86_400_000) / 4 ? "soon" : "ok";
}

function expiriesOf({ settings, clock }: Publisher, published: Published): readonly Expiry[] {
  const now = clock.now();
  const one = (
    role: string,
    kind: ExpiringRole,
    { version, expires }: { readonly version: number; readonly expires: string },
  ): Expiry => ({
    role,
    version,
    expires,
    state: expiryState(expires, settings.expiryDays[kind], now),
  });
  const released = [...published.databases.values()].flatMap(({ name, release }) =>
    release === undefined ? [] : [one(name, "database", release)],
  );
  return [
    one("root", "root", published.root),
    one("targets", "targets", published.targets),
    one("snapshot", "snapshot", published.snapshot),
    one("timestamp", "timestamp", published.timestamp),
    ...(published.halt === undefined || published.halt.halted.length === 0
      ? []
      : [one("halt", "halt", published.halt)]),
    ...released,
  ];
}

function keyChangeOf(next: NextTargets): KeyChange | null {
  if (next.kind === "none") return null;
  if (next.kind === "void") return { state: "void", why: next.why };
  const { version, expires } = next.targets;
  const databases = next.rotations.map(({ database }) => database);
  return { state: "signed", targetsVersion: version, expires, databases };
}

type NameOf = (database: Pick<Database, "signers">, keyId: string) => Person;

function namer(keys: readonly NamedKey[]): NameOf {
  const names = new Map(keys.map(({ name, key }) => [verifierOf(key)?.material, name]));
  return ({ signers }, keyId) => {
    const key = signers.keys.get(keyId);
    const material = key === undefined ? undefined : verifierOf(key)?.material;
    return { keyId, name: material === undefined ? null : (names.get(material) ?? null) };
  };
}

async function proposalStatus(
  publisher: Publisher,
  database: Database,
  nameOf: NameOf,
): Promise<ProposalStatus> {
  const { release, digest, documents, approvals, voided } = await readProposal(publisher, database);
  const { keyIds, threshold } = database.signers;
  const given = new Set(approvals.map(({ keyId }) => keyId));
  const missing = Math.max(0, threshold - approvals.length);
  const person = (keyId: string) => nameOf(database, keyId);
  return {
    database: database.name,
    version: release.version,
    label: release.info.label,
    created: release.info.created,
    digest,
    approvedBy: [...given].map(person),
    waitingFor: missing === 0 ? [] : keyIds.filter((keyId) => !given.has(keyId)).map(person),
    missing,
    bins: documents.slice(1).map(({ role }) => role),
    voided: voided.map(person),
  };
}

function nextKeys(database: Database | undefined, nameOf: NameOf): DatabaseStatus["next"] {
  if (database?.rotation === undefined) return null;
  const { keyIds, threshold } = database.signers;
  return { threshold, keys: keyIds.map((keyId) => nameOf(database, keyId)) };
}

/**
 * Looks at a working folder.
 * @throws VouchsafeError repository.incomplete, trust.*, disk.*
 */
export async function readStatus(publisher: Publisher): Promise<PublisherStatus> {
  const { fs, layout, settings } = publisher;
  const upcoming = await readUpcoming(publisher);
  const { published } = upcoming;
  const nameOf = namer(await listKeys(fs, keysDir(layout, settings)));
  const proposals: ProposalStatus[] = [];
  const broken: BrokenProposal[] = [];
  for (const database of await openProposals(publisher, upcoming.databases)) {
    try {
      proposals.push(await proposalStatus(publisher, database, nameOf));
    } catch (error) {
      broken.push({ database: database.name, error: errorDocument(error) });
    }
  }
  const databases = Array.from(published.databases.values(), (database): DatabaseStatus => {
    const { name, signers, bins, release } = database;
    return {
      name,
      threshold: signers.threshold,
      keys: signers.keyIds.map((keyId) => nameOf(database, keyId)),
      next: nextKeys(upcoming.databases.get(name), nameOf),
      bins: bins === undefined ? null : { count: bins.count, style: bins.style },
      release:
        release === undefined
          ? null
          : {
              version: release.version,
              label: release.info.label,
              digest: release.digest,
              created: release.info.created,
            },
    };
  });
  return {
    repository: settings.repository,
    publication: (await isPending(publisher)) ? "unfinished" : "finished",
    expiries: expiriesOf(publisher, published),
    databases,
    keyChange: keyChangeOf(upcoming.next),
    halted: published.halt?.halted ?? [],
    proposals,
    broken,
  };
}
