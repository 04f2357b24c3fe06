/** So many things at a time, their results in order, and none left running behind. */

/**
 * Maps items, at most `limit` at once. After a failure no new one is begun, and the end of the
 * others is awaited before it rejects.
 *
 * @throws the first failure
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const failures: unknown[] = [];
  const pending = items.entries();
  async function work(): Promise<void> {
    for (const [index, item] of pending) {
      if (failures.length > 0) return;
      try {
        results.set(index, await map(item));
      } catch (error) {
        failures.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  if (failures.length > 0) throw failures[0];
  return Array.from(results)
    .toSorted(([a], [b]) => a - b)
    .map(([, result]) => result);
}
