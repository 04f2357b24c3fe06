/** Skips a step whose inputs did not change: a hash of them lies beside its output. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, readFile, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** The sha256 of a file, in lower-case hex. */
export const hashFile = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
};

/** The sha256 over texts, each told apart from the next by its length. */
export const hashTexts = (texts: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest("hex");
};

const stampPath = (output: string): string => `${output}.stamp`;

/** Whether `output` exists and was made from inputs of this hash. */
export const isFresh = async (output: string, inputs: string): Promise<boolean> => {
  try {
    await access(output);
    return (await readFile(stampPath(output), "utf8")) === inputs;
  } catch {
    return false;
  }
};

/** Records that `output` was made from inputs of this hash. */
export const markFresh = (output: string, inputs: string): Promise<void> =>
  writeFile(stampPath(output), inputs);
