/** The built packages, and packages made of them that differ in what a test needs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const packages = join(import.meta.dirname, "../../../dist/packages");

/** The one built package whose name matches. */
export function builtPackage(pattern: RegExp): string {
  const found = readdirSync(packages).filter((name) => pattern.test(name));
  const [name] = found;
  if (name === undefined || found.length > 1) {
    throw new Error(`dist/packages has ${found.length} packages ${pattern}`);
  }
  return join(packages, name);
}

export const agentDeb = /^vouchsafe-agent_[^_]+_amd64\.deb$/;
export const consoleDeb = /^vouchsafe-console_[^_]+_amd64\.deb$/;
export const publisherDeb = /^vouchsafe-publisher_[^_]+_amd64\.deb$/;
export const agentRpm = /^vouchsafe-agent-[^-]+-1\.x86_64\.rpm$/;

/**
 * A package under another version.
 *
 * @param added text that is appended to files of it, by their path in the package
 * @returns the new package's bytes
 */
export function withVersion(
  deb: string,
  version: string,
  added: Readonly<Record<string, string>> = {},
): Buffer {
  const dir = mkdtempSync(join(tmpdir(), "vouchsafe-repack-"));
  try {
    const [stage, output] = [join(dir, "stage"), join(dir, "new.deb")];
    execFileSync("dpkg-deb", ["--raw-extract", deb, stage]);
    const control = join(stage, "DEBIAN/control");
    const text = readFileSync(control, "utf8").replace(/^Version: .*$/m, `Version: ${version}`);
    writeFileSync(control, text);
    for (const [path, more] of Object.entries(added)) {
      writeFileSync(join(stage, path), more, { flag: "a" });
    }
    execFileSync("dpkg-deb", ["-Znone", "--root-owner-group", "--build", stage, output]);
    return readFileSync(output);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
