/** A consumer with guards before its trial: what breaks them never comes to the consumer. */
import { diskError } from "../../../host/disk-error.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { errnoOf, VouchsafeError } from "../../../protocol/errors.ts";
import type { GuardsConfig } from "../../config/types.ts";
import type { Consumer, Subject } from "../consumer.ts";
import { type Measured, violationsOf } from "./guards.ts";
import { measure } from "./measure.ts";

const maxTold = 3;

/** Measures the current generation; undefined if there is none, or its link leads nowhere. */
async function measureCurrent(
  fs: FileSystem,
  current: string,
  guards: GuardsConfig,
  signal: AbortSignal | undefined,
): Promise<Measured | undefined> {
  try {
    await fs.stat(current);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw diskError("measure", current, error);
  }
  return measure(fs, current, guards, signal);
}

async function check(
  fs: FileSystem,
  guards: GuardsConfig,
  currentPath: string,
  { database, path, version }: Subject,
  signal: AbortSignal | undefined,
): Promise<void> {
  const current = await measureCurrent(fs, currentPath, guards, signal);
  const staged = await measure(fs, path, guards, signal);
  const violations = violationsOf(guards, staged, current);
  if (violations.length === 0) return;
  const told = violations.slice(0, maxTold).join("; ");
  const message = `Release ${version} of ${database} breaks a guard: ${told}.`;
  throw new VouchsafeError("consumer.trial-failed", message);
}

/**
 * Puts guards before a consumer's trial.
 *
 * @param current path of the database's `current`
 */
export function guarded(
  consumer: Consumer,
  guards: GuardsConfig,
  fs: FileSystem,
  current: string,
): Consumer {
  return {
    trial: async (subject, signal) => {
      await check(fs, guards, current, subject, signal);
      await consumer.trial(subject, signal);
    },
    reload: (subject, signal) => consumer.reload(subject, signal),
    confirm: (subject, signal) => consumer.confirm(subject, signal),
  };
}
