import { expect, test } from "vitest";
import { oneAhead } from "../../../agent/update/one-ahead.ts";

/** A source that notes what is asked of it. */
function noting(chunks: readonly (number | Error)[]) {
  const notes: string[] = [];
  async function* source(): AsyncGenerator<number> {
    try {
      for (const chunk of chunks) {
        notes.push(`makes ${chunk instanceof Error ? "an error" : chunk}`);
        if (chunk instanceof Error) throw chunk;
        yield chunk;
      }
    } finally {
      notes.push("closed");
    }
  }
  return { notes, source: source() };
}

test("the next chunk is being made before this one is taken", async () => {
  const { notes, source } = noting([1, 2, 3]);
  for await (const chunk of oneAhead(source)) notes.push(`takes ${chunk}`);
  expect(notes).toEqual([
    "makes 1",
    "makes 2",
    "takes 1",
    "makes 3",
    "takes 2",
    "closed",
    "takes 3",
  ]);
});

test("a failure comes after the chunks before it", async () => {
  const { source } = noting([1, new Error("broken")]);
  const taken: number[] = [];
  const reading = (async () => {
    for await (const chunk of oneAhead(source)) taken.push(chunk);
  })();
  await expect(reading).rejects.toThrow("broken");
  expect(taken).toEqual([1]);
});

test("a reader that stops closes the source, whatever that is doing", async () => {
  for (const next of [2, new Error("of no interest any more")]) {
    const { notes, source } = noting([1, next]);
    for await (const _ of oneAhead(source)) break;
    expect(notes.at(-1)).toBe("closed");
  }
});
