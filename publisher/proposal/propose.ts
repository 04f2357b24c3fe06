/** Proposing a release: files copied in, encodings made, the final role written unsigned. */
import { join } from "node:path";
import { makeDirDurable, removeTree, writeFileDurable } from "../../host/durable.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { checkSignedText } from "../../protocol/release/names.ts";
import { textLimits } from "../../protocol/release/release-info.ts";
import { roleMatches } from "../../protocol/tuf/delegations.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { checkSize } from "../repository/next-metadata.ts";
import { checkNothingPending } from "../repository/outbox.ts";
import { type Database, databaseNamed, readPublished } from "../repository/published.ts";
import { modes } from "../workspace/layout.ts";
import { exists, type Publisher, withLock } from "../workspace/publisher.ts";
import { expiryOf, writeDocument } from "../workspace/settings.ts";
import { nextVersion, spendVersion } from "../workspace/versions.ts";
import { type ProposalPlace, placeIn, placeOf } from "./place.ts";
import { releaseRole, signedBytesOf } from "./role.ts";
import { checkStillSame, readSourceTree, type SourceFile } from "./source-tree.ts";
import { stageFile } from "./stage.ts";

/** The release to propose. */
export interface ProposeRequest {
  readonly database: string;
  readonly sourceDir: string;
  /** Date and version if it is not said. */
  readonly label?: string;
  readonly notes?: string;
  /** Spread the release over a fleet in so many hours from now. */
  readonly rolloutHours?: number;
}

/** What lies ready to be approved. */
export interface Proposed {
  readonly database: string;
  readonly version: number;
  readonly label: string;
  /** SHA-256 of the bytes to sign. */
  readonly digest: Sha256;
  readonly files: number;
  /** Bytes of the whole files. */
  readonly bytes: number;
  /** Bytes of the smallest encodings of all files. */
  readonly encodedBytes: number;
  readonly dir: string;
}

const maxRolloutHours = 24 * 90;
/** A signature in an envelope, and the envelope around it, take less than this many bytes. */
const signatureBytes = 400;

function checkTexts({ label = "", notes = "", rolloutHours }: ProposeRequest): void {
  checkSignedText(label, "label", textLimits.label);
  checkSignedText(notes, "notes", textLimits.notes);
  if (rolloutHours === undefined) return;
  if (rolloutHours >= 1 && rolloutHours <= maxRolloutHours) return;
  const message = `A rollout takes 1 to ${maxRolloutHours} hours.`;
  throw new VouchsafeError("usage.input", message);
}

function checkDelegated({ name, role }: Database, files: readonly SourceFile[]): void {
  const outside = files.find(({ path }) => !roleMatches(role, `${name}/${path}`));
  if (outside === undefined) return;
  const message = `${outside.path} lies deeper than the folders that ${name} may have.`;
  throw new VouchsafeError("usage.input", message);
}

async function writeProposal(
  publisher: Publisher,
  place: ProposalPlace,
  database: Database,
  request: ProposeRequest,
  files: readonly SourceFile[],
): Promise<Omit<Proposed, "dir">> {
  const { fs, clock, settings } = publisher;
  const { name, release, signers } = database;
  const now = clock.now();
  const version = await nextVersion(publisher, name, release?.version ?? 0);
  const created = formatUtc(now.getTime());
  const label = request.label ?? `${created.slice(0, 10)}.${version}`;
  const total = files.reduce((sum, { stat }) => sum + stat.size, 0);
  const bar = publisher.progress(`copying ${name}`);
  let done = 0;
  const staged = [];
  for (const source of files) {
    const file = await stageFile(publisher, place, name, source, (count) => {
      done += count;
      bar.update(done, total);
    });
    staged.push(file);
  }
  bar.end();
  await checkStillSame(fs, request.sourceDir, files);
  const { rolloutHours: hours, notes = "" } = request;
  const description = {
    database: name,
    repository: settings.repository,
    label,
    created,
    notes,
    ...(hours === undefined ? {} : { rollout: { start: created, hours } }),
  };
  const expires = expiryOf(settings, "database", now);
  const bytes = signedBytesOf(releaseRole(description, version, expires, staged));
  checkSize("targets", `The role ${name}`, bytes.length + signers.keyIds.length * signatureBytes);
  await writeFileDurable(fs, place.role, bytes, { mode: modes.workFile });
  const digest = sha256(bytes);
  await writeDocument(fs, place.about, { format: 1, database: name, version, digest });
  const encodedBytes = staged.reduce((sum, { zst, length }) => sum + (zst ?? length), 0);
  return {
    database: name,
    version,
    label,
    digest,
    files: files.length,
    bytes: total,
    encodedBytes,
  };
}

/**
 * Makes a proposal. Needs no key.
 * @throws VouchsafeError state.missing, usage.input, names.invalid, busy.locked, disk.*
 */
export function propose(publisher: Publisher, request: ProposeRequest): Promise<Proposed> {
  checkTexts(request);
  return withLock(publisher, async () => {
    const { fs, layout } = publisher;
    await checkNothingPending(publisher);
    const database = databaseNamed(await readPublished(publisher), request.database);
    const place = placeOf(publisher, database.name);
    if (await exists(fs, place.dir)) {
      const message = `${database.name} has an open proposal; publish or withdraw it first.`;
      throw new VouchsafeError("usage.input", message);
    }
    const files = await readSourceTree(fs, request.sourceDir);
    checkDelegated(database, files);
    const building = placeIn(join(layout.proposals, `.${database.name}.new`));
    await removeTree(fs, building.dir);
    try {
      await makeDirDurable(fs, building.approvals, modes.workDir);
      const proposed = await writeProposal(publisher, building, database, request, files);
      await spendVersion(publisher, database.name, proposed.version);
      await fs.rename(building.dir, place.dir);
      await fs.syncDir(layout.proposals);
      return { ...proposed, dir: place.dir };
    } catch (error) {
      await removeTree(fs, building.dir);
      throw error;
    }
  });
}
