/** Making what else carries the files of a release: zstd, and deltas from what changed. */
import { join } from "node:path";
import { deltaKey } from "../../protocol/release/encodings.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import { openEncoder } from "../encoding/encoder.ts";
import { readHistory } from "../encoding/history.ts";
import type { Level } from "../encoding/job.ts";
import { mapBounded } from "../encoding/map-bounded.ts";
import type { Database } from "../repository/read-database.ts";
import type { Publisher } from "../workspace/publisher.ts";
import type { Encoding, MadeEncoding } from "./encoding.ts";
import type { ProposalPlace } from "./place.ts";
import type { StagedFile } from "./stage.ts";
import { makeDeltas, placeDeltas } from "./stage-deltas.ts";
import { stageZstd } from "./stage-zstd.ts";

/** Files at once: large ones are worked on in memory. */
const parallelFiles = 2;

/** Files with their encodings, and which of these are new. */
export interface StagedEncodings {
  readonly files: readonly ReleaseFile[];
  readonly made: readonly MadeEncoding[];
}

const isSame = (file: StagedFile, before: ReleaseFile | undefined): before is ReleaseFile =>
  before?.sha256 === file.sha256 && before.length === file.length;

async function encodeFile(
  encoding: Encoding,
  file: StagedFile,
  before: ReleaseFile | undefined,
): Promise<StagedEncodings> {
  const { path, length, sha256 } = file;
  const made = (bytes: number, seconds: number | undefined, more: Partial<MadeEncoding>) =>
    seconds === undefined
      ? []
      : [{ path, encoding: "zstd" as const, bytes, ratio: bytes / length, seconds, ...more }];
  const unchanged = isSame(file, before);
  const [zstd, drafts] = await bothSettled(
    unchanged && before.zst === undefined ? Promise.resolve(undefined) : stageZstd(encoding, file),
    unchanged ? Promise.resolve([]) : makeDeltas(encoding, file),
  );
  const best = Math.min(length, zstd?.length ?? length);
  const deltas = await placeDeltas(encoding, file, drafts, best);
  const listed = deltas.map(({ base, length: bytes }) => [deltaKey(base.sha256), bytes] as const);
  return {
    files: [
      {
        path,
        length,
        sha256,
        ...(zstd === undefined ? {} : { zst: zstd.length }),
        deltas: unchanged ? before.deltas : new Map(listed),
      },
    ],
    made: [
      ...made(zstd?.length ?? 0, zstd?.seconds, {}),
      ...deltas.flatMap(({ base: { version }, length: bytes, made: draft }) =>
        made(bytes, draft?.seconds, { encoding: "delta", from: version }),
      ),
    ],
  };
}

/** Both results, once both have ended: nothing is left running behind a failure. */
async function bothSettled<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

/**
 * Makes the encodings of all files. What the published release has for the same bytes is kept.
 *
 * @throws VouchsafeError proposal.changed, repository.incomplete, trust.*, disk.*
 */
export async function stageEncodings(
  publisher: Publisher,
  place: ProposalPlace,
  database: Database,
  staged: readonly StagedFile[],
  level: Level,
): Promise<StagedEncodings> {
  const before = new Map(database.release?.files.map((file) => [file.path, file] as const));
  const changed = staged.filter((file) => !isSame(file, before.get(file.path)));
  const paths = new Set(changed.map(({ path }) => path));
  const history = await readHistory(publisher, database, paths, publisher.settings.deltaReleases);
  const encoder = openEncoder(publisher.fs, publisher.signal);
  let next = 0;
  const incoming = (): string => {
    next += 1;
    return join(place.dir, `.encoded-${next}`);
  };
  const encoding = { publisher, place, database, encoder, history, level, incoming };
  const total = staged.reduce((sum, { length }) => sum + length, 0);
  const bar = publisher.progress(`encoding ${database.name}`);
  let done = 0;
  try {
    const results = await mapBounded(staged, parallelFiles, async (file) => {
      publisher.signal.throwIfAborted();
      const result = await encodeFile(encoding, file, before.get(file.path));
      done += file.length;
      bar.update(done, total);
      return result;
    });
    return {
      files: results.flatMap(({ files }) => files),
      made: results.flatMap(({ made }) => made),
    };
  } finally {
    bar.end();
    await encoder.close();
  }
}
