/** A binary list of sorted hashes, 26 MB: 20 bytes each. In a day 900 come and 300 go. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MakePair } from "./pair.ts";
import { seededRandom } from "./random.ts";

const size = 20;
const count = 1_300_000;
const added = 900;
const removed = 300;
const file = "hashes.bin";

/** Writes both days. A hash is text of one character a byte: that sorts as bytes do, and faster. */
export const makeHashPair: MakePair = async (olderDir, newerDir) => {
  const bytes = seededRandom("hash list")
    .bytes(size * (count + added))
    .toString("latin1");
  const all = Array.from({ length: count + added }, (_, at) =>
    bytes.slice(at * size, (at + 1) * size),
  );
  const [gains, losses] = [new Set(all.slice(-added)), new Set(all.slice(0, removed))];
  all.sort();
  const without = (some: ReadonlySet<string>): Buffer =>
    Buffer.from(all.filter((hash) => !some.has(hash)).join(""), "latin1");
  await writeFile(join(olderDir, file), without(gains));
  await writeFile(join(newerDir, file), without(losses));
  return { file };
};
