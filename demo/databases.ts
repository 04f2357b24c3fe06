/**
 * The data of the demo: two versions of a real database (who owns which IPv4 network) and a small
 * list of malware signatures in the form that antivirus engines read.
 */
import { createHash } from "node:crypto";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

const packages = resolve(import.meta.dirname, "../node_modules");

/** The two published versions of the real database, older first. */
export const asnVersions = [
  { label: "2.3.2025040218", file: join(packages, "asn-old/asn-ipv4.csv") },
  { label: "2.3.2025041118", file: join(packages, "asn-new/asn-ipv4.csv") },
] as const;

const signature = (index: number): string => {
  const md5 = createHash("md5").update(`sample ${index}`).digest("hex");
  return `${md5}:${1000 + index}:Demo.Sample-${index}\n`;
};

/** A folder with `count` signatures as `demo.hdb` (`md5:size:name`). */
export async function signatureFolder(parent: string, count: number): Promise<string> {
  const folder = join(parent, `signatures-${count}`);
  await mkdir(folder, { recursive: true });
  const lines = Array.from({ length: count }, (_line, index) => signature(index));
  await writeFile(join(folder, "demo.hdb"), lines.join(""));
  return folder;
}

/** A folder with one version of the real database. */
export async function asnFolder(parent: string, version: 0 | 1): Promise<string> {
  const folder = join(parent, `asn-${version}`);
  await mkdir(folder, { recursive: true });
  await copyFile(asnVersions[version].file, join(folder, "asn-ipv4.csv"));
  return folder;
}
