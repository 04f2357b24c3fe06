/** What a source file imports, read without a compiler. */
import { posix } from "node:path";
import type { Source } from "./sources.ts";

const forms = [
  /\b(?:import|export)\b[^;'"()]*?\bfrom\s*["']([^"']+)["']/g,
  /\bimport\s*["']([^"']+)["']/g,
  /\bimport\(\s*["']([^"']+)["']\s*\)/g,
];

/**
 * The modules that a file names: a path relative to the project for one of ours, else the
 * specifier as it stands.
 */
export const importsOf = ({ path, text }: Source): readonly string[] => {
  const named = forms.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? ""));
  const folder = posix.dirname(path);
  return named.map((name) => (name.startsWith(".") ? posix.join(folder, name) : name));
};
