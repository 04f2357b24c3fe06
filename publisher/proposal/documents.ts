/**
 * The exact documents of a proposal: the database's own role and, where it has bins, each bin
 * that changes. One approval signs all of them; their digest is what it was given for.
 */
import { join } from "node:path";
import { readFileBounded, readFileIfExists, writeFileDurable } from "../../host/durable.ts";
import { type Sha256, sameBytes, sha256 } from "../../protocol/bytes.ts";
import { fileText } from "../../protocol/canonical.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { isObject, type JsonObject, parseJson } from "../../protocol/json.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { modes } from "../workspace/layout.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import type { ProposalPlace } from "./place.ts";

/**
 * The exact bytes of a document, and whose it is. They are what gets signed; only where a key in
 * PEM stands in them, its line ends are escaped here (protocol/canonical `fileText`).
 */
export interface RoleBytes {
  readonly role: string;
  readonly bytes: Buffer;
}

const binFile = /^([a-z0-9-]{1,64})\.json$/;

/**
 * What an approval is given for: sha256 of the database's own role; where bins change as well,
 * sha256 over one line `sha256 role\n` for each document, the database's own first, the bins by
 * name.
 *
 * @param documents the database's own role first, then bins by name
 */
export function digestOf(documents: readonly RoleBytes[]): Sha256 {
  const [own] = documents;
  if (own !== undefined && documents.length === 1) return sha256(own.bytes);
  return sha256(documents.map(({ role, bytes }) => `${sha256(bytes)} ${role}\n`).join(""));
}

/** The documents as they lie on disk, in the order of {@link digestOf}; undefined without any. */
export async function readRoleBytes(
  { fs }: Pick<Publisher, "fs">,
  place: ProposalPlace,
  database: string,
): Promise<readonly RoleBytes[] | undefined> {
  const own = await readFileIfExists(fs, place.role, limits.targetsBytes);
  if (own === undefined) return undefined;
  const documents = [{ role: database, bytes: own }];
  if (!(await exists(fs, place.bins))) return documents;
  for (const file of (await fs.readdir(place.bins)).toSorted()) {
    const role = binFile.exec(file)?.[1];
    if (role === undefined) continue; // what a copying program leaves behind
    const bytes = await readFileBounded(fs, join(place.bins, file), limits.targetsBytes);
    documents.push({ role, bytes });
  }
  return documents;
}

/** Writes the documents of a new proposal, in the order of {@link digestOf}. */
export async function writeRoleBytes(
  { fs }: Pick<Publisher, "fs">,
  place: ProposalPlace,
  [own, ...bins]: readonly RoleBytes[],
): Promise<void> {
  if (own === undefined) throw new Error("a proposal has a role");
  if (bins.length > 0) await fs.mkdir(place.bins, modes.workDir);
  for (const { role, bytes } of bins) {
    const path = join(place.bins, `${role}.json`);
    await writeFileDurable(fs, path, bytes, { mode: modes.workFile });
  }
  await writeFileDurable(fs, place.role, own.bytes, { mode: modes.workFile });
}

/**
 * The signed part that a document holds.
 * @throws VouchsafeError trust.format when it is not written as `propose` writes it
 */
export function parseSigned({ role, bytes }: RoleBytes): JsonObject {
  const signed = parseJson(bytes, limits.targetsBytes);
  if (isObject(signed) && sameBytes(Buffer.from(fileText(signed)), bytes)) return signed;
  throw new VouchsafeError("trust.format", `The role ${role} is not what "propose" wrote.`);
}
