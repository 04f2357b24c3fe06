/** Chunks asked for one ahead, so that what makes them and what takes them work at once. */

/**
 * Passes chunks on, and asks for the next one before this one is taken. A chunk must be valid until
 * the one after the next is asked for. The source is closed when the reader stops, after the chunk
 * that it is making.
 */
export async function* oneAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const chunks = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => {
    const asked = chunks.next();
    asked.catch(() => undefined); // thrown where it is awaited, if it still matters then
    return asked;
  };
  let asked = ask();
  try {
    for (;;) {
      const { done, value } = await asked;
      if (done === true) return;
      asked = ask();
      yield value;
    }
  } finally {
    await asked.catch(() => undefined);
    await chunks.return?.();
  }
}
