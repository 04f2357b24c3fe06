/** Progress: only on a terminal, not too often, never more than all. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { drawProgress, makeProgress } from "../../../../host/cli/progress.ts";

function drawn(shown: boolean, times: readonly number[]): string {
  const stream = new PassThrough();
  let call = 0;
  const clock = {
    now: () => new Date(0),
    monotonicMs: () => times[call++] ?? 0,
    sleep: async () => undefined,
  };
  const progress = makeProgress("daily", { stream, clock, shown });
  for (const index of times.keys()) progress.update(index, times.length);
  progress.end();
  return String(stream.read() ?? "");
}

test("draws label, bar, part and total", () => {
  expect(drawProgress("daily", 50, 100)).toBe(
    "daily [############------------]  50 % of 100 bytes",
  );
  expect(drawProgress("daily", 300, 100)).toContain("100 %");
  expect(drawProgress("daily", 0, 0)).toContain("  0 %");
});

test("draws at most ten times a second and clears its line", () => {
  const text = drawn(true, [0, 10, 20, 150, 160]);
  expect(text.match(/daily/g)).toHaveLength(2);
  expect(text.endsWith("\r\u001b[K")).toBe(true);
});

test("prints nothing where there is no terminal", () => {
  expect(drawn(false, [0, 1000])).toBe("");
});
