/**
 * The field `release` in a database's signed role: which database, which repository, which files.
 * It is what keeps one role's good signatures from being shown as another's.
 */
import { isSha256, type Sha256 } from "../bytes.ts";
import { VouchsafeError } from "../errors.ts";
import { isObject, type JsonObject, own } from "../json.ts";
import { formatError, integerAt, objectAt, required, stringAt, utcAt } from "../tuf/fields.ts";
import type { TargetFile, Targets } from "../tuf/types.ts";
import { filesDigest, type ReleaseFile, releaseFile } from "./manifest.ts";
import { checkPaths, checkSignedText } from "./names.ts";

/** Characters that label and notes may have. */
export const textLimits = { label: 80, notes: 4000 } as const;

/** How a release spreads over a fleet: from `start`, evenly over so many hours. */
export interface Rollout {
  readonly start: string;
  readonly hours: number;
}

/** The signed description of a release. */
export interface ReleaseInfo {
  readonly database: string;
  /** SHA-256 of the repository's 1.root.json. */
  readonly repository: Sha256;
  readonly label: string;
  readonly created: string;
  readonly notes: string;
  /** {@link filesDigest} of all files. */
  readonly files: Sha256;
  readonly rollout?: Rollout;
  /** Oldest version of the agent that may install it. */
  readonly minAgent?: string;
}

/** A release that holds together: its description and its files, checked against each other. */
export interface Release {
  readonly info: ReleaseInfo;
  readonly version: number;
  readonly files: readonly ReleaseFile[];
}

const where = "release";

function digestAt(object: JsonObject, name: string): Sha256 {
  const text = stringAt(required(object, name, where), `${where}: ${name}`, 64);
  if (isSha256(text)) return text;
  throw formatError(`${where}: ${name}`, "is not a sha256");
}

function textAt(object: JsonObject, name: keyof typeof textLimits): string {
  const text = stringAt(required(object, name, where), `${where}: ${name}`, textLimits[name]);
  checkSignedText(text, name, textLimits[name]);
  return text;
}

function parseRollout(value: JsonObject): Rollout {
  return {
    start: utcAt(required(value, "start", where), `${where}: rollout: start`),
    hours: integerAt(required(value, "hours", where), `${where}: rollout: hours`, 0),
  };
}

/** Reads the field `release`. Throws `trust.format`, or `names.invalid` on texts. */
export function parseReleaseInfo(value: JsonObject): ReleaseInfo {
  const rollout = own(value, "rollout");
  const minAgent = own(value, "minAgent");
  return {
    database: stringAt(required(value, "database", where), `${where}: database`, 64),
    repository: digestAt(value, "repository"),
    label: textAt(value, "label"),
    created: utcAt(required(value, "created", where), `${where}: created`),
    notes: textAt(value, "notes"),
    files: digestAt(value, "files"),
    ...(rollout === undefined
      ? {}
      : { rollout: parseRollout(objectAt(rollout, `${where}: rollout`)) }),
    ...(minAgent === undefined ? {} : { minAgent: stringAt(minAgent, `${where}: minAgent`, 32) }),
  };
}

/** The field `release` as JSON. */
export function encodeReleaseInfo(info: ReleaseInfo): JsonObject {
  const { database, repository, label, created, notes, files, rollout, minAgent } = info;
  return {
    database,
    repository,
    label,
    created,
    notes,
    files,
    ...(rollout === undefined ? {} : { rollout: { start: rollout.start, hours: rollout.hours } }),
    ...(minAgent === undefined ? {} : { minAgent }),
  };
}

function refuse(message: string, cause?: unknown): VouchsafeError {
  return new VouchsafeError("trust.release", message, { cause });
}

/**
 * Checks that a verified role is a whole release of that database of that repository: names and
 * paths safe, not empty, nothing outside its folder, `files` as recomputed.
 *
 * @param roles the database's own role and, where it has bins, all of those
 * @throws VouchsafeError `trust.role` for another database or repository, else `trust.release`
 */
export function checkRelease(
  database: string,
  repository: Sha256,
  role: Targets,
  bins: Iterable<Targets> = [],
): Release {
  const field = own(role.extra, "release");
  if (!isObject(field)) throw refuse(`The role ${database} carries no release.`);
  const info = readInfo(database, field);
  if (info.database !== database || info.repository !== repository) {
    throw new VouchsafeError(
      "trust.role",
      `The role ${database} was signed for another database or another repository.`,
    );
  }
  const targets = [role, ...bins].flatMap((part) => [...part.targets.values()]);
  const files = plainRelease(database, targets);
  if (filesDigest(files) !== info.files) {
    throw refuse(`The release of ${database} does not list the files that it was signed for.`);
  }
  return { info, version: role.version, files };
}

function readInfo(database: string, field: JsonObject): ReleaseInfo {
  try {
    return parseReleaseInfo(field);
  } catch (cause) {
    throw refuse(`The description of the release of ${database} is malformed.`, cause);
  }
}

/**
 * The files of a release, by the rules that hold for any maker's: not empty, inside the database's
 * folder, names and paths safe. All there is to check for a role without `release`
 * (`repository.plain`).
 *
 * @throws VouchsafeError `trust.release`
 */
export function plainRelease(database: string, targets: readonly TargetFile[]): Release["files"] {
  const files = targets.map((target) => releaseFile(database, target));
  if (files.length === 0) throw refuse(`The release of ${database} is empty.`);
  try {
    checkPaths(files.map(({ path }) => path));
  } catch (cause) {
    throw refuse(`The release of ${database} has a path that is not allowed.`, cause);
  }
  return files;
}
