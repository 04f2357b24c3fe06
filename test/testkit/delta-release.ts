/** Releases of the publisher in memory whose changed files come with deltas. */
import { constants, zstdCompressSync } from "node:zlib";
import { sha256 } from "../../protocol/bytes.ts";
import {
  deltaKey,
  deltaLocation,
  encodeEncodings,
  parseEncodings,
} from "../../protocol/release/encodings.ts";
import type { TargetFile } from "../../protocol/tuf/types.ts";
import { deltaBetween } from "./delta-work.ts";
import type { MemoryPublisher } from "./memory-publisher.ts";

/** Files by path. */
export type Contents = Readonly<Record<string, Buffer>>;

/** "vcdiff+zstd" of an inflated delta. */
export const deflated = (delta: Buffer): Buffer =>
  zstdCompressSync(delta, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });

/**
 * Publishes a release with a delta for each file that another had at its path.
 *
 * @param encode makes the served bytes of a delta; a sound one if it is not said
 * @returns where the deltas are served
 */
export async function publishWithDeltas(
  publisher: MemoryPublisher,
  database: string,
  before: Contents,
  after: Contents,
  encode: (delta: Buffer) => Buffer = deflated,
): Promise<readonly string[]> {
  const deltas = new Map<string, { key: string; location: string; bytes: Buffer }>();
  for (const [path, content] of Object.entries(after)) {
    const old = before[path];
    if (old === undefined || old.equals(content)) continue;
    const bytes = encode(await deltaBetween(old, content));
    const [base, target] = [sha256(old), `${database}/${path}`];
    const location = deltaLocation(target, sha256(content), base);
    deltas.set(target, { key: deltaKey(base), location, bytes });
    publisher.files.set(location, bytes);
  }
  const list = (targets: Map<string, TargetFile>): void => {
    for (const [path, { key, bytes }] of deltas) {
      const target = targets.get(path);
      if (target === undefined) throw new Error(`no target ${path}`);
      const encodings = parseEncodings(target.custom);
      const custom = encodeEncodings({ ...encodings, deltas: new Map([[key, bytes.length]]) });
      targets.set(path, { ...target, ...(custom === undefined ? {} : { custom }) });
    }
  };
  publisher.release(database, after, { targets: list });
  await publisher.publish();
  return Array.from(deltas.values(), ({ location }) => location);
}
