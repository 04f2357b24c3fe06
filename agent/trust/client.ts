/**
 * The trust client: one check of a repository, and the verified release of each database. State
 * is loaded once, replaced as a whole, and saved before anybody acts on it.
 */
import type { FileSystem } from "../../host/file-system.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { haltOf } from "../../protocol/release/halt.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { isExpired, type Reading } from "../../protocol/tuf/trusted-set.ts";
import { topLevelRoles } from "../../protocol/tuf/types.ts";
import { blamed, withoutLiars } from "./blame.ts";
import { checkClock, explainExpiry, type ProvenMoment } from "./clock.ts";
import { checkFresh, isFresh, type Waiver } from "./freshness.ts";
import { takeHalt } from "./halt.ts";
import { checkMarks, type Marks, mergeMarks, raiseMarks } from "./marks.ts";
import { openStored } from "./open-stored.ts";
import { takeRelease } from "./release.ts";
import type { Restored } from "./restore.ts";
import { siblingsOver } from "./siblings.ts";
import { readBlob, type StorePlaces, saveMarks, saveTrust } from "./store.ts";
import type { MetadataFetcher, TrustClient, TrustedRelease, Validators } from "./types.ts";
import { refreshSteps, sameFiles } from "./workflow.ts";

/** What the client needs from outside. */
export interface TrustOptions extends StorePlaces {
  readonly fs: FileSystem;
  /** Bytes of the bootstrap root. */
  readonly bootstrapRoot: Uint8Array;
  readonly fetcher: MetadataFetcher;
  readonly clock: { now(): Date };
  /** A moment before which the clock cannot be right. */
  readonly proven?: ProvenMoment;
  /** Whether databases of a repository of another maker, without `release`, are taken. */
  readonly plain: boolean;
  /** For a bundle: lets its timestamp be expired, within a bound. */
  readonly waiver?: Waiver;
}

/** What is trusted now, for `status` and `trust show`. */
export interface TrustStatus {
  readonly repository: Sha256;
  readonly root: { readonly version: number; readonly expires: string };
  readonly timestamp?: { readonly version: number; readonly expires: string };
  readonly snapshot?: { readonly version: number; readonly expires: string };
}

interface State extends Restored {
  readonly kept: ReadonlyMap<string, Sha256>;
  readonly marks: Marks | undefined;
  readonly validators?: Validators;
}

const brief = ({ version, expires }: { version: number; expires: string }) => ({
  version,
  expires,
});

/** Everything that a 304 would leave in force is there and unexpired. */
function isComplete({ set }: Restored, now: number, waiver?: Waiver): boolean {
  const { timestamp, snapshot } = set;
  const targets = set.targets.get("targets");
  if (timestamp === undefined || snapshot === undefined || targets === undefined) return false;
  const isLive = [set.root, snapshot, targets].every((role) => !isExpired(role, now));
  return isLive && isFresh(timestamp, now, waiver);
}

/** Throws `trust.freeze` when the timestamp that is shown again has expired. */
function checkFreeze({ set: { timestamp } }: Restored, now: number): void {
  if (timestamp === undefined || !isExpired(timestamp, now)) return;
  const message = `Every mirror still shows the timestamp that expired at ${timestamp.expires}.`;
  throw new VouchsafeError("trust.freeze", message);
}

/** Whether the snapshot still lists a role with that digest. */
function lists({ set }: Restored, role: string, digest: string): boolean {
  return set.snapshot?.meta.get(`${role}.json`)?.hashes?.get("sha256") === digest;
}

/** The bytes worth keeping: those of the top-level roles, and what the snapshot still lists. */
function listedFiles(state: Restored): State["files"] {
  const topLevel: ReadonlySet<string> = new Set(topLevelRoles);
  const listed = [...state.files].filter(
    ([role, bytes]) => topLevel.has(role) || lists(state, role, sha256(bytes)),
  );
  return new Map(listed);
}

const listedDigests = (state: State): State["kept"] =>
  new Map([...state.kept].filter(([role, digest]) => lists(state, role, digest)));

/**
 * Opens the trust store.
 *
 * @throws VouchsafeError `trust.root`, `format.newer`, `disk.*`
 */
export async function openTrust(
  options: TrustOptions,
): Promise<TrustClient & { status(): TrustStatus }> {
  const { fs, fetcher, clock, waiver } = options;
  const { bootstrapRoot } = options;
  const opened = await openStored(fs, options, bootstrapRoot);
  const { repository, ours, besideMarks } = opened;
  let saved: State = {
    ...opened.restored,
    kept: ours?.kept ?? new Map(),
    marks: mergeMarks(
      ours?.marks,
      besideMarks?.repository === repository ? besideMarks : undefined,
    ),
    ...(ours?.validators === undefined ? {} : { validators: ours.validators }),
  };

  const sources = {
    fetcher,
    kept: (digest: Sha256) => readBlob(fs, options.dir, digest),
    ...(options.plain ? {} : { siblings: siblingsOver(fetcher) }),
  };
  const reading = (): Reading => ({ now: clock.now().getTime(), strictness: "both" });

  async function save(next: State): Promise<void> {
    const { root, timestamp, snapshot } = next.set;
    const marks = raiseMarks(next.marks, repository, root, timestamp, snapshot);
    const { validators } = next;
    const files = listedFiles(next);
    const kept = listedDigests(next);
    const trust = {
      repository,
      files,
      kept,
      marks,
      ...(validators === undefined ? {} : { validators }),
    };
    await saveTrust(fs, options, trust);
    saved = { ...next, files, kept, marks };
  }

  function check({ set: { root, timestamp, snapshot } }: Restored): void {
    checkMarks(saved.marks, repository, root, timestamp, snapshot);
  }

  /** Raises the marks durably, so that a rollback is refused whatever fails after this. */
  async function raise({ set: { root, timestamp } }: Restored): Promise<void> {
    const marks = raiseMarks(saved.marks, repository, root, timestamp);
    await saveMarks(fs, options.marksFile, marks);
    saved = { ...saved, marks };
  }

  async function takeAll(bytes: Buffer, validators: Validators): Promise<boolean> {
    let next: Restored = saved;
    const at = reading();
    const undated = { ...at, now: Number.NEGATIVE_INFINITY };
    for await (const { role, state } of refreshSteps(
      saved,
      async () => bytes,
      sources,
      at,
      waiver === undefined ? at : undated,
    )) {
      const { timestamp } = state.set;
      if (role === "timestamp" && timestamp !== undefined) checkFresh(timestamp, at.now, waiver);
      if (role !== "root") check(state);
      // What is accepted is never taken back, even if a later step fails (TUF 5.3.8, 5.4.5).
      if ((role === "root" || role === "timestamp") && state !== next) await raise(state);
      next = state;
    }
    const changed = !sameFiles(saved.files, next.files);
    await save({ ...saved, ...next, validators });
    return changed;
  }

  async function refreshOnce(): Promise<{ changed: boolean }> {
    const { now } = reading();
    if (options.proven !== undefined) checkClock(now, options.proven);
    const complete = isComplete(saved, now, waiver);
    const conditional = complete ? saved.validators : undefined;
    const answer = await fetcher.get("metadata/timestamp.json", {
      maxBytes: limits.timestampBytes,
      ...(conditional === undefined ? {} : { conditional }),
    });
    if (answer.status === "unchanged") return { changed: false };
    if (answer.status === "missing") {
      const message = "The repository has no metadata/timestamp.json.";
      throw new VouchsafeError("repository.missing", message);
    }
    const held = saved.files.get("timestamp");
    const same = held !== undefined && held.equals(answer.bytes);
    if (same && complete) return { changed: false };
    try {
      if (same && waiver === undefined) checkFreeze(saved, now);
      return { changed: await takeAll(answer.bytes, answer.validators) };
    } catch (error) {
      const named = blamed(error, answer.validators.origin);
      throw explainExpiry(named, now, answer.serverTime);
    }
  }

  async function releaseOnce(database: string): Promise<TrustedRelease> {
    const at = reading();
    if (!isComplete(saved, at.now, waiver)) {
      const message = "No unexpired metadata of the repository is at hand yet.";
      throw new VouchsafeError("trust.expired", message);
    }
    const rules = { repository, plain: options.plain };
    const { state, halted } = await takeHalt(saved, sources, at, rules);
    const taken = await takeRelease(state, database, sources, at, rules);
    await saveIfNew(taken.state);
    const stop = haltOf(halted, database, taken.release.version);
    const haltedVersions = halted
      .filter((entry) => entry.database === database)
      .map(({ version }) => version);
    const found = { ...taken.release, haltedVersions };
    return stop === undefined ? found : { ...found, halted: true, stop };
  }

  async function saveIfNew(next: Restored): Promise<void> {
    const isNew = ([role, bytes]: readonly [string, Buffer]) =>
      saved.files.get(role) !== bytes && saved.kept.get(role) !== sha256(bytes);
    if ([...next.files].some(isNew)) await save({ ...saved, ...next });
  }

  return {
    refresh: () => withoutLiars(fetcher, refreshOnce),
    release: (database) => withoutLiars(fetcher, () => releaseOnce(database)),
    status: () => {
      const { root, timestamp, snapshot } = saved.set;
      return {
        repository,
        root: brief(root),
        ...(timestamp === undefined ? {} : { timestamp: brief(timestamp) }),
        ...(snapshot === undefined ? {} : { snapshot: brief(snapshot) }),
      };
    },
  };
}
