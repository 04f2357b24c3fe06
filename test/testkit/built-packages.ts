/** The built packages and executables, and how tests look into them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The build's output. */
export const dist = resolve(import.meta.dirname, "../../dist");

/** What a program prints, as text. */
export const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 });

/** The path of a built package. */
export const packagePath = (name: string): string => join(dist, "packages", name);

/** Unpacks a .deb into a temporary folder, its control files into DEBIAN/. The caller removes it. */
export const unpackDeb = (name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), "vouchsafe-deb-"));
  run("dpkg-deb", "--raw-extract", packagePath(name), folder);
  return folder;
};

/** Unpacks an .rpm into a temporary folder, without its owners. The caller removes it. */
export const unpackRpm = (name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), "vouchsafe-rpm-"));
  const command = 'rpm2cpio "$1" | cpio --quiet -id --no-absolute-filenames -D "$2"';
  run("sh", "-ec", command, "sh", packagePath(name), folder);
  return folder;
};
