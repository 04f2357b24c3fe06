/**
 * Man pages and shell completions, written from the same values as `--help`:
 * dist/man/NAME.SECTION and dist/completions/{bash,zsh,fish}/.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { agentProgram } from "../agent/cli/program.ts";
import { consoleProgram } from "../console/cli/program.ts";
import { configManPage, configManReference } from "../docs/generator/config-man.ts";
import { bashCompletion } from "../host/cli/completion/bash.ts";
import { fishCompletion } from "../host/cli/completion/fish.ts";
import { grammarOf } from "../host/cli/completion/grammar.ts";
import { zshCompletion } from "../host/cli/completion/zsh.ts";
import type { ManEdition, ManPage, ManReference } from "../host/cli/man/page.ts";
import { programPages } from "../host/cli/man/program.ts";
import type { Program } from "../host/cli/types.ts";
import { publisherProgram } from "../publisher/cli/program.ts";
import type { Identity } from "./identity.ts";

const programs: readonly Program[] = [agentProgram, publisherProgram, consoleProgram];

/** The pages that those of a program name: its configuration file's, and the other programs'. */
const relatedTo = (program: Program): readonly ManReference[] => [
  ...(program === agentProgram ? [configManReference] : []),
  ...programs
    .filter((other) => other !== program)
    .map(({ name }) => ({ name, section: 1 as const })),
];

const editionOf = ({ version, committedAt }: Identity): ManEdition => {
  const date = committedAt === undefined ? "" : new Date(committedAt * 1000).toISOString();
  return { version, date: date.slice(0, 10) };
};

const manPages = async (root: string, identity: Identity): Promise<readonly ManPage[]> => {
  const edition = editionOf(identity);
  const example = await readFile(join(root, "config/examples/clamav.yaml"), "utf8");
  return [
    ...programs.flatMap((program) => programPages(program, relatedTo(program), edition)),
    configManPage(example.trimEnd().split("\n"), edition),
  ];
};

/** Path below dist/ and text of each completion script. */
const completions = (program: Program): readonly (readonly [string, string])[] => {
  const grammar = grammarOf(program);
  return [
    [`completions/bash/${program.name}`, bashCompletion(grammar)],
    [`completions/zsh/_${program.name}`, zshCompletion(grammar)],
    [`completions/fish/${program.name}.fish`, fishCompletion(grammar)],
  ];
};

/**
 * Writes dist/man/ and dist/completions/ anew.
 *
 * @returns one line for each folder
 */
export const buildHelpFiles = async (root: string, identity: Identity): Promise<string[]> => {
  const dist = join(root, "dist");
  for (const folder of ["man", "completions"]) {
    await rm(join(dist, folder), { recursive: true, force: true });
  }
  for (const folder of ["man", "completions/bash", "completions/zsh", "completions/fish"]) {
    await mkdir(join(dist, folder), { recursive: true });
  }
  const pages = await manPages(root, identity);
  const scripts = programs.flatMap(completions);
  for (const page of pages) {
    await writeFile(join(dist, "man", `${page.name}.${page.section}`), page.text);
  }
  for (const [path, text] of scripts) await writeFile(join(dist, path), text);
  return [`dist/man/  ${pages.length} pages`, `dist/completions/  ${scripts.length} scripts`];
};
