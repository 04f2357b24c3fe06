/** Two days of a database, as files: what every tool of the benchmark is given. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** The older and the newer file lie in folders of their own, under the same name. */
export interface Pair {
  /** Name of the file in both folders. */
  readonly file: string;
  readonly olderDir: string;
  readonly newerDir: string;
}

/** Writes both days of a database into two folders that exist. */
export type MakePair = (olderDir: string, newerDir: string) => Promise<{ readonly file: string }>;

/** SHA-256 of a file, in hex. */
export const hashOf = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};
