/** The project's own files, for the tests that hold the house in order. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** One file of the project. */
export interface Source {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The project's folder. */
export const root = resolve(import.meta.dirname, "../../..");

const notOurs = new Set([".git", "node_modules", "dist", "coverage"]);

const walk = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (notOurs.has(entry.name)) return [];
    return entry.isDirectory() ? walk(path) : [path];
  });

/** Every file of the project whose path matches. */
export const readSources = (pattern: RegExp): readonly Source[] =>
  walk("")
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** A source without its comments. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/[^\n]*/g, "$1");
