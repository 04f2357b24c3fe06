/**
 * Until when the console wants to be left alone. Kept on disk, because each check is a process of
 * its own and must obey what the one before was told.
 */
import { join } from "node:path";
import { readFileIfExists } from "../../host/bounded-read.ts";
import { writeFileDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { reportLimits } from "../../protocol/report/limits.ts";
import { readDocument, readTime } from "../../protocol/report/read.ts";
import type { Random } from "./identity.ts";

const maxBytes = 1_024;
const backoffPath = (stateDir: string): string => join(stateDir, "spool", "backoff.json");

/**
 * Seconds left to wait: pure. More than an hour is not believed (the clock has jumped back), and
 * counts as nothing.
 */
export function secondsLeft(until: Date, now: Date): number {
  const left = Math.ceil((until.getTime() - now.getTime()) / 1000);
  return left > 0 && left <= reportLimits.delaySeconds ? left : 0;
}

/** Up to a tenth more, so that a fleet told the same delay does not come back at once: pure. */
export function withJitter(seconds: number, random: Random): number {
  const byte = random(1)[0] ?? 0;
  return seconds + Math.floor((seconds * byte) / 2_560);
}

/** Seconds that are left to wait. A file that cannot be understood counts as none. */
export async function readBackoff(fs: FileSystem, stateDir: string, now: Date): Promise<number> {
  try {
    const bytes = await readFileIfExists(fs, backoffPath(stateDir), maxBytes);
    if (bytes === undefined) return 0;
    const object = readDocument(bytes, maxBytes, "delay");
    return secondsLeft(new Date(readTime(object, "until")), now);
  } catch {
    return 0; // a side file that is damaged must never keep reports back
  }
}

/** Keeps a delay of `seconds` from `now`. Throws `disk.*`. */
export async function writeBackoff(
  fs: FileSystem,
  stateDir: string,
  now: Date,
  seconds: number,
): Promise<void> {
  const until = new Date(now.getTime() + seconds * 1000).toISOString();
  const bytes = Buffer.from(`${JSON.stringify({ format: 1, until })}\n`);
  await writeFileDurable(fs, backoffPath(stateDir), bytes, { mode: 0o600 });
}
