/** So many things at a time, and none left running behind. */

/**
 * Runs `work` over all items, at most `limit` at once. After the first failure no new one is
 * begun, the signal given to the others is aborted, and their end is awaited before it rejects:
 * whoever cleans up afterwards is alone.
 *
 * @throws the first failure; the outer signal's reason
 */
export async function forEachBounded<T>(
  items: readonly T[],
  limit: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  outer?: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const signal = outer === undefined ? stop.signal : AbortSignal.any([stop.signal, outer]);
  const failures: unknown[] = [];
  const pending = items.values();
  async function worker(): Promise<void> {
    for (const item of pending) {
      if (signal.aborted) return;
      try {
        await work(item, signal);
      } catch (error) {
        failures.push(error);
        stop.abort(error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  outer?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
