import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const top = join(import.meta.dirname, "../..");

test("the demo shows every step and leaves nothing behind", { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "vouchsafe-demo-test-"));
  try {
    const args = [join(top, "demo/main.ts"), "--once"];
    const env = { ...process.env, TMPDIR: folder };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: top });
    for (const shown of [
      "one approval is not enough",
      "the endpoint has exactly what was approved",
      "the agent refuses it with exit code 3",
      "the old generation stays current",
      "the endpoint has the old version again",
      "one agent is enrolled and has reported",
      "Every step did what it should.",
    ]) {
      expect(stdout).toContain(shown);
    }
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
