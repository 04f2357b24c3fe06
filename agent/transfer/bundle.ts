/**
 * A repository over a bundle: the tar is read where it lies, by the index of its headers, and
 * nothing of it is unpacked. What comes out is as untrusted as what a mirror sends.
 */
import type { OpenFile } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { type BundleIndex, indexBundle } from "../../protocol/release/bundle.ts";
import type { ReadAt, TarEntry } from "../../protocol/release/tar.ts";
import type { Repository } from "./repository.ts";

const chunkBytes = 256 * 1024;
const headerBytes = 64 * 1024;

/** A bundle that was looked through. */
export interface Bundle {
  readonly index: BundleIndex;
  readonly repository: Repository;
}

async function readFully(file: OpenFile, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = await file.read(buffer, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
}

/** Reads small pieces that follow each other closely with fewer calls. */
function buffered(file: OpenFile, size: number): ReadAt {
  let start = 0;
  let held: Buffer = Buffer.alloc(0);
  return async (offset, length) => {
    const wanted = Math.min(length, size - offset);
    if (offset < start || offset + wanted > start + held.length) {
      held = await readFully(file, offset, Math.max(wanted, Math.min(headerBytes, size - offset)));
      start = offset;
    }
    return held.subarray(offset - start, offset - start + wanted);
  };
}

async function* bodyOf(
  file: OpenFile,
  { offset, size, path }: TarEntry,
  onReceived: (count: number) => void,
): AsyncGenerator<Buffer> {
  for (let done = 0; done < size; ) {
    const chunk = await readFully(file, offset + done, Math.min(chunkBytes, size - done));
    if (chunk.length === 0) {
      const message = `The bundle was cut off while ${path} was read.`;
      throw new VouchsafeError("bundle.malformed", message);
    }
    done += chunk.length;
    onReceived(chunk.length);
    yield chunk;
  }
}

/**
 * Opens a bundle; the file must stay open as long as it is used.
 *
 * @throws VouchsafeError `bundle.malformed`
 */
export async function openBundle(file: OpenFile): Promise<Bundle> {
  const { size } = await file.stat();
  const index = await indexBundle(buffered(file, size), size);
  return {
    index,
    repository: {
      withoutDeltas: true,
      metadata: {
        get: async (path, { maxBytes }) => {
          const entry = index.get(path);
          if (entry === undefined) return { status: "missing" };
          if (entry.size > maxBytes) {
            const message = `${path} has ${entry.size} bytes where at most ${maxBytes} may come.`;
            throw new VouchsafeError("transfer.too-large", message);
          }
          const bytes = await readFully(file, entry.offset, entry.size);
          return { status: "ok", bytes, validators: { origin: "bundle:" } };
        },
      },
      download: async (path, { length, onReceived = () => undefined }, consume) => {
        const entry = index.get(path);
        if (entry === undefined) {
          throw new VouchsafeError("repository.missing", `The bundle has no ${path}.`);
        }
        if (entry.size !== length) {
          const message = `${path} has ${entry.size} bytes in the bundle, not ${length}.`;
          throw new VouchsafeError("trust.mismatch", message);
        }
        return consume(bodyOf(file, entry, onReceived));
      },
      takeNotes: () => [],
      remember: async () => undefined,
    },
  };
}
