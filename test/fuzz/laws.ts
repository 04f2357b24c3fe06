/** What all fuzz properties ask: our own errors only, and bounded time. */
import { VouchsafeError } from "../../protocol/errors.ts";

/** What a call came to: its value, or the code that it was refused with. */
export type Answer<T> = { readonly value: T } | { readonly code: string };

/**
 * Runs `work`; an error that is not a VouchsafeError of the allowed kind breaks the law.
 *
 * @param allowed matches the codes that may be thrown
 */
export function answerOf<T>(allowed: RegExp, work: () => T): Answer<T> {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof VouchsafeError && allowed.test(error.code)) return { code: error.code };
    throw error;
  }
}

/** CPU that reading may take: a fixed part for a cold start, and a part for each byte. */
const allowance = (bytes: number) => 400_000 + 10 * bytes;

/** Runs `work` and throws when it took more CPU than input of that size may cost. */
export function bounded<T>(bytes: number, work: () => T): T {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  const took = user + system;
  if (took > allowance(bytes)) throw new Error(`${bytes} bytes took ${took} µs of CPU`);
  return value;
}

/** Throws when two values differ. */
export function same(a: unknown, b: unknown, what: string): void {
  if (Object.is(a, b)) return;
  throw new Error(`${what}: ${String(a)} is not ${String(b)}`);
}
