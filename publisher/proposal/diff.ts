/** What changes from the published release to a proposed one (pure). */
import type { ReleaseFile } from "../../protocol/release/manifest.ts";

/** One side of a change. */
export interface Side {
  readonly length: number;
  readonly sha256: string;
  /** Lines of a text file; null for others, and where the bytes are not at hand. */
  readonly lines: number | null;
}

/** A file that is added (no `from`), removed (no `to`) or changed. */
export interface FileChange {
  readonly change: "added" | "removed" | "changed";
  readonly path: string;
  readonly from?: Side;
  readonly to?: Side;
}

/** The whole difference. */
export interface ReleaseDiff {
  readonly changes: readonly FileChange[];
  readonly unchanged: number;
}

type Lines = ReadonlyMap<string, number | null>;
type File = Pick<ReleaseFile, "path" | "length" | "sha256">;

const side = ({ path, length, sha256 }: File, lines: Lines): Side => ({
  length,
  sha256,
  lines: lines.get(path) ?? null,
});

/** The files of the old release that the new one does not have as they are. */
export function replacedFiles(before: readonly File[], after: readonly File[]): readonly File[] {
  const kept = new Map(after.map(({ path, sha256 }) => [path, sha256]));
  return before.filter(({ path, sha256 }) => kept.get(path) !== sha256);
}

/** The difference between two lists of files, by path. */
export function diffReleases(
  before: { readonly files: readonly File[]; readonly lines: Lines },
  after: { readonly files: readonly File[]; readonly lines: Lines },
): ReleaseDiff {
  const old = new Map(before.files.map((file) => [file.path, file]));
  const changes: FileChange[] = [];
  let unchanged = 0;
  for (const file of after.files) {
    const previous = old.get(file.path);
    old.delete(file.path);
    const to = side(file, after.lines);
    if (previous === undefined) changes.push({ change: "added", path: file.path, to });
    else if (previous.sha256 === file.sha256) unchanged += 1;
    else {
      const from = side(previous, before.lines);
      changes.push({ change: "changed", path: file.path, from, to });
    }
  }
  for (const file of old.values()) {
    changes.push({ change: "removed", path: file.path, from: side(file, before.lines) });
  }
  return { changes: changes.toSorted((a, b) => (a.path < b.path ? -1 : 1)), unchanged };
}
