/** A repository over a map of files, without a network: for tests of what comes after it. */
import type { Repository } from "../../agent/transfer/repository.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { memoryFetcher } from "./memory-fetcher.ts";

const pieceBytes = 64 * 1024;

async function* inPieces(bytes: Buffer, length: number, onReceived: (count: number) => void) {
  if (bytes.length !== length) {
    throw new VouchsafeError("trust.mismatch", `${bytes.length} bytes instead of ${length}.`);
  }
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    onReceived(piece.length);
    yield piece;
  }
}

/** Serves what the map holds at the moment of each request. */
export function memoryRepository(
  files: ReadonlyMap<string, Buffer>,
): Repository & { readonly downloads: string[] } {
  const downloads: string[] = [];
  return {
    metadata: memoryFetcher(files),
    downloads,
    takeNotes: () => [],
    remember: async () => undefined,
    download: async (path, { length, onReceived = () => undefined }, consume) => {
      downloads.push(path);
      const bytes = files.get(path);
      if (bytes === undefined)
        throw new VouchsafeError("repository.missing", `There is no ${path}.`);
      return consume(inPieces(bytes, length, onReceived));
    },
  };
}
