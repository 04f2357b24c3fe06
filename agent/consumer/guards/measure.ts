/** Measuring a generation for its guards: every file read once, in pieces, and only if it counts. */
import { join } from "node:path";
import { diskError } from "../../../host/disk-error.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { patternMatches } from "../../../protocol/tuf/patterns.ts";
import type { GuardsConfig, RecordGuard } from "../../config/types.ts";
import type { Measured } from "./guards.ts";
import { byteCounter, lineCounter, type RecordCounter } from "./record-counter.ts";

const pieceBytes = 256 * 1024;

function counterOf({ count, comment }: RecordGuard): RecordCounter {
  return count === "bytes" ? byteCounter() : lineCounter(comment);
}

async function sizesOf(fs: FileSystem, folder: string): Promise<ReadonlyMap<string, number>> {
  const files = new Map<string, number>();
  const pending = [""];
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    for (const name of await fs.readdir(join(folder, prefix))) {
      const path = `${prefix}${name}`;
      const stat = await fs.lstat(join(folder, path));
      if (stat.kind === "directory") pending.push(`${path}/`);
      else if (stat.kind === "file") files.set(path, stat.size);
    }
  }
  return files;
}

async function read(
  fs: FileSystem,
  path: string,
  onPiece: (piece: Uint8Array) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await fs.open(path, "r");
  try {
    const buffer = Buffer.alloc(pieceBytes);
    for (;;) {
      signal?.throwIfAborted();
      const count = await file.read(buffer, 0, buffer.length, null);
      if (count === 0) return;
      onPiece(buffer.subarray(0, count));
    }
  } finally {
    await file.close();
  }
}

/**
 * Measures what the guards ask for.
 *
 * @param folder a generation, or a link to one
 * @throws VouchsafeError `disk.*`; the signal's reason
 */
export async function measure(
  fs: FileSystem,
  folder: string,
  { records }: Pick<GuardsConfig, "records">,
  signal?: AbortSignal,
): Promise<Measured> {
  try {
    const files = await sizesOf(fs, folder);
    const totals = records.map(() => 0);
    for (const path of files.keys()) {
      const counters = records.map((guard) =>
        patternMatches(guard.files, path) ? counterOf(guard) : undefined,
      );
      if (counters.every((counter) => counter === undefined)) continue;
      const tell = (piece: Uint8Array): void => {
        for (const counter of counters) counter?.add(piece);
      };
      await read(fs, join(folder, path), tell, signal);
      for (const [index, counter] of counters.entries()) {
        totals[index] = (totals[index] ?? 0) + (counter?.count() ?? 0);
      }
    }
    return { files, records: totals };
  } catch (error) {
    signal?.throwIfAborted();
    throw diskError("measure", folder, error);
  }
}
