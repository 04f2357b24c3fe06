/** A systemd unit as its sections and settings, in order; a setting may come several times. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where the units lie. */
export const unitFolder = resolve(import.meta.dirname, "../../../installers/linux/systemd");

/** Setting lines of a unit's section, `Name=value`. */
export function section(unit: string, name: string): readonly string[] {
  const text = readFileSync(join(unitFolder, unit), "utf8");
  const part = text.split(/^\[/m).find((candidate) => candidate.startsWith(`${name}]`)) ?? "";
  return part.split("\n").filter((line) => /^[A-Z]\w*=/.test(line));
}

/** All values of a setting. */
export function valuesOf(unit: string, name: string, key: string): readonly string[] {
  return section(unit, name)
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));
}
