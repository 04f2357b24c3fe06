/** A temporary folder for each test of a file, removed after it. */
import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

function unseal(dir: string): void {
  chmodSync(dir, 0o700);
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) unseal(join(dir, entry.name));
  }
}

/** Returns a function that gives a path inside this test's folder. */
export function useTempDir(): (...names: string[]) => string {
  let dir = "";
  beforeEach(() => {
    dir = mkdtempSync(join(realpathSync(tmpdir()), "vouchsafe-test-"));
  });
  afterEach(() => {
    unseal(dir);
    rmSync(dir, { recursive: true });
  });
  return (...names) => join(dir, ...names);
}

/** The permission bits of a path. */
export function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}
