/** Interop with xdelta3, another implementation of RFC 3284 (Debian's package `xdelta3`). */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { databasePairs } from "../../testkit/database-pairs.ts";
import { applied, deltaBetween } from "../../testkit/delta-work.ts";
import { useTempDir } from "../host/temp-dir.ts";

const program = "/usr/bin/xdelta3";
const missing = !existsSync(program);
if (missing) process.stderr.write(`delta interop skipped: there is no ${program}\n`);

const dir = useTempDir();

/** Writes a pair of files and returns their content. */
function pairOf(kind: string): [Buffer, Buffer] {
  const [before, after] = databasePairs[kind]?.() ?? [Buffer.alloc(0), Buffer.alloc(0)];
  writeFileSync(dir("old"), before);
  writeFileSync(dir("new"), after);
  return [before, after];
}

describe.skipIf(missing)("xdelta3", () => {
  test.each(Object.keys(databasePairs))("decodes our delta of %s", async (kind) => {
    const [before, after] = pairOf(kind);
    writeFileSync(dir("delta"), await deltaBetween(before, after, 100_000));
    execFileSync(program, ["-d", "-s", dir("old"), dir("delta"), dir("made")]);
    expect(readFileSync(dir("made")).equals(after)).toBe(true);
  });

  test.each(Object.keys(databasePairs))("makes a delta of %s that ours decodes", async (kind) => {
    const [before, after] = pairOf(kind);
    const plain = ["-S", "none", "-n", "-A"];
    for (const more of [[], ["-9", "-W", "65536"], ["-1"]]) {
      execFileSync(program, [
        "-e",
        "-f",
        ...plain,
        ...more,
        "-s",
        dir("old"),
        dir("new"),
        dir("x"),
      ]);
      const made = await applied(before, readFileSync(dir("x")), after.length, 4096);
      expect(made.equals(after)).toBe(true);
    }
  });

  test("makes deltas with parts of its own by default, which are refused", async () => {
    const [before, after] = pairOf("text");
    execFileSync(program, ["-e", "-s", dir("old"), dir("new"), dir("x")]);
    const refused = applied(before, readFileSync(dir("x")), after.length);
    await expect(refused).rejects.toMatchObject({ code: "trust.mismatch" });
  });
});
