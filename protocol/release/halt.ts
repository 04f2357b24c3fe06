/**
 * The delegated role `halt`: a list of releases that no agent may install. It serves no path, so it
 * can stop and nothing else; it expires, so that whoever steals its key cannot stop for ever.
 */
import { isSha256, type Sha256 } from "../bytes.ts";
import { VouchsafeError } from "../errors.ts";
import { type JsonValue, own } from "../json.ts";
import {
  arrayAt,
  formatError,
  integerAt,
  objectAt,
  required,
  stringAt,
  utcAt,
} from "../tuf/fields.ts";
import type { DelegatedRole, Key, Targets } from "../tuf/types.ts";
import { checkDatabaseName, checkSignedText } from "./names.ts";

/** The role's name, which no database may have. */
export const haltRole = "halt";

/** Releases in one list, and characters of a reason. */
export const haltLimits = { releases: 256, reason: 400 } as const;

/** A release that was stopped. */
export interface HaltedRelease {
  readonly database: string;
  readonly version: number;
  /** For people; may be empty. */
  readonly reason: string;
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  readonly at: string;
}

/** The delegation of the role to one key; its empty list of paths matches nothing. */
export function haltDelegation({ keyId }: Key): DelegatedRole {
  const paths = { kind: "patterns", list: [] } as const;
  return { name: haltRole, keyIds: [keyId], threshold: 1, terminating: false, paths };
}

function parseEntry(value: JsonValue): HaltedRelease {
  const where = "halted: a release";
  const entry = objectAt(value, where);
  const extra = Object.keys(entry).find(
    (name) => !["database", "version", "reason", "at"].includes(name),
  );
  if (extra !== undefined) throw formatError(where, `has a field "${extra.slice(0, 40)}"`);
  const database = stringAt(required(entry, "database", where), `${where}: database`, 64);
  checkDatabaseName(database);
  const reason = stringAt(required(entry, "reason", where), `${where}: reason`, haltLimits.reason);
  checkSignedText(reason, "reason", haltLimits.reason);
  return {
    database,
    version: integerAt(required(entry, "version", where), `${where}: version`, 1),
    reason,
    at: utcAt(required(entry, "at", where), `${where}: at`),
  };
}

function parseHalt(role: Targets, repository: Sha256): readonly HaltedRelease[] {
  if (role.targets.size > 0 || role.delegations !== undefined) {
    throw formatError("The role halt", "lists files or delegates, which it may not");
  }
  const named = own(role.extra, "repository");
  if (typeof named !== "string" || !isSha256(named) || named !== repository) {
    const message = "The role halt was signed for another repository.";
    throw new VouchsafeError("trust.role", message);
  }
  const list = arrayAt(own(role.extra, "halted"), "halted", haltLimits.releases).map(parseEntry);
  const names = new Set(list.map(({ database, version }) => `${database} ${version}`));
  if (names.size !== list.length) throw formatError("halted", "names a release twice");
  return list;
}

/**
 * The releases that a verified role `halt` stops.
 *
 * @throws VouchsafeError `trust.role` for another repository, else `trust.release`
 */
export function readHalt(role: Targets, repository: Sha256): readonly HaltedRelease[] {
  try {
    return parseHalt(role, repository);
  } catch (cause) {
    if (cause instanceof VouchsafeError && cause.code === "trust.role") throw cause;
    throw new VouchsafeError("trust.release", "The role halt is malformed.", { cause });
  }
}

/** The role that stops these releases. */
export function makeHalt(
  repository: Sha256,
  version: number,
  expires: string,
  halted: readonly HaltedRelease[],
): Targets {
  const list = halted.map(({ database, version: release, reason, at }) => ({
    database,
    version: release,
    reason,
    at,
  }));
  const extra = { repository, halted: list };
  return { type: "targets", version, expires, extra, targets: new Map() };
}

/** The entry that stops a release, or undefined. */
export function haltOf(
  halted: readonly HaltedRelease[],
  database: string,
  version: number,
): HaltedRelease | undefined {
  return halted.find((entry) => entry.database === database && entry.version === version);
}
