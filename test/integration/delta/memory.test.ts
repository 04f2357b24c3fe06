import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "memory-program.ts");

/** Peak memory of applying a delta of so many windows of 16 MiB. */
const peakOf = (windows: number): number =>
  Number(execFileSync(process.execPath, [program, String(windows)], { encoding: "utf8" }));

test("applying takes the same memory for 16 MiB as for 512 MiB", () => {
  const [small, large] = [peakOf(1), peakOf(32)];
  expect(large).toBeLessThan(small * 1.25);
});
