/**
 * Deltas, applied to an installed file while they stream. What comes out is not trusted, and a
 * wrong old file costs no more than another encoding.
 */
import type { FileSystem } from "../../host/file-system.ts";
import { applyDelta } from "../../protocol/delta/apply.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { containedPath } from "../store/layout.ts";
import { openPlainFile } from "../store/plain-file.ts";
import { verifyFile } from "../store/verified-file.ts";
import { decodeZstd } from "./decode.ts";
import type { DeltaBase } from "./encodings.ts";
import { oneAhead } from "./one-ahead.ts";
import type { DatabaseRun } from "./run.ts";

const pathOf = (run: DatabaseRun, { generation, file }: DeltaBase): string =>
  containedPath(run.places.generation(generation), file.path);

function unusable({ file }: DeltaBase, cause?: unknown): VouchsafeError {
  const message = `The installed ${file.path} is not what was installed.`;
  return new VouchsafeError("trust.tampered", message, { cause });
}

async function openBase(fs: FileSystem, path: string, base: DeltaBase) {
  try {
    const file = await openPlainFile(fs, path, base.file.length);
    if (file !== undefined) return file;
  } catch (cause) {
    throw unusable(base, cause);
  }
  throw unusable(base);
}

/**
 * Decodes "vcdiff+zstd".
 *
 * @param length signed length of what comes out
 * @throws VouchsafeError `trust.mismatch` when the delta is not sound, `trust.tampered` when the
 *   old file cannot be read; whatever the source throws
 */
export async function* decodeDelta(
  run: DatabaseRun,
  base: DeltaBase,
  source: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openBase(run.context.fs, pathOf(run, base), base);
  try {
    const old = {
      length: base.file.length,
      read: async (into: Uint8Array, position: number) => {
        try {
          return await file.read(into, 0, into.length, position);
        } catch (cause) {
          throw unusable(base, cause);
        }
      },
    };
    yield* oneAhead(applyDelta(decodeZstd(source), old, length));
  } finally {
    await file.close();
  }
}

/**
 * Finds out whose fault it is that a delta did not make its file.
 *
 * @throws VouchsafeError `trust.tampered` when the old file is wrong, else the error as it is
 */
export async function blameDelta(
  run: DatabaseRun,
  base: DeltaBase,
  error: unknown,
): Promise<never> {
  if (error instanceof VouchsafeError && error.code === "trust.mismatch") {
    const whole = await verifyFile(run.context.fs, pathOf(run, base), base.file).catch(
      () => undefined,
    );
    if (whole === undefined) throw unusable(base, error);
  }
  throw error;
}
