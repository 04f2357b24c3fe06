/** Proposing a release: files copied in, encodings made, the final role written unsigned. */
import { join } from "node:path";
import { makeDirDurable, removeTree } from "../../host/durable.ts";
import type { Sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { readCanaryKinds } from "../../protocol/release/canary.ts";
import { checkSignedText } from "../../protocol/release/names.ts";
import { textLimits } from "../../protocol/release/release-info.ts";
import { delegationMatcher } from "../../protocol/tuf/delegations.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { levels } from "../encoding/job.ts";
import { checkNothingPending } from "../repository/outbox.ts";
import { databaseNamed, type Published } from "../repository/published.ts";
import type { Database } from "../repository/read-database.ts";
import { readUpcoming } from "../repository/upcoming.ts";
import { modes } from "../workspace/layout.ts";
import { exists, type Publisher, withLock } from "../workspace/publisher.ts";
import { expiryOf } from "../workspace/settings.ts";
import { nextVersion, spendVersion } from "../workspace/versions.ts";
import { writeAbout } from "./about.ts";
import { digestOf, writeRoleBytes } from "./documents.ts";
import type { MadeEncoding } from "./encoding.ts";
import { type ProposalPlace, placeIn, placeOf } from "./place.ts";
import { checkSizes, documentsOf } from "./plan-documents.ts";
import { releaseRole } from "./role.ts";
import { checkStillSame, readSourceTree, type SourceFile } from "./source-tree.ts";
import { stageFile } from "./stage.ts";
import { checkNoCanary, stageCanary } from "./stage-canary.ts";
import { stageEncodings } from "./stage-encodings.ts";

/** The release to propose. */
export interface ProposeRequest {
  readonly database: string;
  readonly sourceDir: string;
  /** Date and version if it is not said. */
  readonly label?: string;
  readonly notes?: string;
  /** Spread the release over a fleet in so many hours from now. */
  readonly rolloutHours?: number;
  /** Compress quickly rather than well; the next release makes up for it. */
  readonly urgent?: boolean;
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
  /** The encodings that were made for it. */
  readonly made: readonly MadeEncoding[];
  /** How many bins there are, and the names of those that get signed. */
  readonly bins?: { readonly count: number; readonly changed: readonly string[] };
  /** The keys that approve from this release on, where it brings others, and how many must. */
  readonly keys?: readonly string[];
  readonly threshold?: number;
  readonly dir: string;
}

const maxRolloutHours = 24 * 90;

function checkTexts({ label = "", notes = "", rolloutHours }: ProposeRequest): void {
  checkSignedText(label, "label", textLimits.label);
  checkSignedText(notes, "notes", textLimits.notes);
  if (rolloutHours === undefined) return;
  if (rolloutHours >= 1 && rolloutHours <= maxRolloutHours) return;
  const message = `A rollout takes 1 to ${maxRolloutHours} hours.`;
  throw new VouchsafeError("usage.input", message);
}

function checkDelegated({ name, role }: Database, files: readonly SourceFile[]): void {
  const rolesOf = delegationMatcher({ keys: new Map(), roles: [role] });
  const outside = files.find(({ path }) => rolesOf(`${name}/${path}`).length === 0);
  if (outside === undefined) return;
  const message = `${outside.path} lies deeper than the folders that ${name} may have.`;
  throw new VouchsafeError("usage.input", message);
}

async function writeProposal(
  publisher: Publisher,
  place: ProposalPlace,
  { snapshot, targets }: Published,
  database: Database,
  request: ProposeRequest,
  files: readonly SourceFile[],
): Promise<Omit<Proposed, "dir">> {
  const { fs, clock, settings } = publisher;
  const { name, release, bins, rotation, signers } = database;
  const now = clock.now();
  const version = await nextVersion(publisher, name, release?.version ?? 0);
  const created = formatUtc(now.getTime());
  const label = request.label ?? `${created.slice(0, 10)}.${version}`;
  const total = files.reduce((sum, { stat }) => sum + stat.size, 0);
  const bar = publisher.progress(`copying ${name}`);
  let done = 0;
  const copied = [];
  for (const source of files) {
    const file = await stageFile(publisher, place, name, source, (count) => {
      done += count;
      bar.update(done, total);
    });
    copied.push(file);
  }
  bar.end();
  const canary = readCanaryKinds(targets.extra).get(name);
  if (canary !== undefined) {
    const of = { repository: settings.repository, database: name, version };
    copied.push(await stageCanary(publisher, place, canary, of));
  }
  await checkStillSame(fs, request.sourceDir, files);
  const level = request.urgent === true ? levels.urgent : levels.patient;
  const { files: staged, made } = await stageEncodings(publisher, place, database, copied, level);
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
  const whole = releaseRole(description, version, expires, staged);
  const documents = documentsOf(publisher, database, whole);
  checkSizes(snapshot, database, version, documents);
  await writeRoleBytes(publisher, place, documents);
  const digest = digestOf(documents);
  await writeAbout(publisher, place, database, version, digest);
  const encodedBytes = staged.reduce((sum, { zst, length }) => sum + (zst ?? length), 0);
  return {
    database: name,
    version,
    label,
    digest,
    files: staged.length,
    bytes: staged.reduce((sum, { length }) => sum + length, 0),
    encodedBytes,
    made,
    ...(rotation === undefined ? {} : { keys: signers.keyIds, threshold: signers.threshold }),
    ...(bins === undefined
      ? {}
      : { bins: { count: bins.count, changed: documents.slice(1).map(({ role }) => role) } }),
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
    const upcoming = await readUpcoming(publisher);
    const { published } = upcoming;
    const database = databaseNamed(upcoming, request.database);
    const place = placeOf(publisher, database.name);
    if (await exists(fs, place.dir)) {
      const message = `${database.name} has an open proposal; publish or withdraw it first.`;
      throw new VouchsafeError("usage.input", message);
    }
    const files = await readSourceTree(fs, request.sourceDir);
    checkDelegated(database, files);
    const canary = readCanaryKinds(published.targets.extra).get(database.name);
    if (canary !== undefined) checkNoCanary(canary, files);
    const building = placeIn(join(layout.proposals, `.${database.name}.new`));
    await removeTree(fs, building.dir);
    try {
      await makeDirDurable(fs, building.approvals, modes.workDir);
      const proposed = await writeProposal(
        publisher,
        building,
        published,
        database,
        request,
        files,
      );
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
