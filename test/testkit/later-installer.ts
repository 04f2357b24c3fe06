/**
 * The MSI of a later version: the same files under a higher number. Made by wixl, which runs on Linux;
 * for a real Windows `node test/testkit/later-installer.ts` makes it there before, as dist/later.msi.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { packInstaller } from "../../build/windows/installer.ts";

export const laterVersion = "99.0.0";

const root = join(import.meta.dirname, "../..");
const made = join(root, "dist/later.msi");

/** Its bytes. Rejects when wixl fails, or nobody has made it for this Windows. */
export async function laterInstaller(): Promise<Buffer> {
  if (process.platform === "win32") return readFileSync(made);
  const dir = mkdtempSync(join(tmpdir(), "vouchsafe-later-"));
  try {
    const path = join(dir, "later.msi");
    await packInstaller(root, laterVersion, path);
    return readFileSync(path);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

if (import.meta.main) await packInstaller(root, laterVersion, made);
