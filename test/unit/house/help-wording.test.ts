/** Help reads alike everywhere, and every example in it is a command line that the program takes. */
import { describe, expect, test } from "vitest";
import { agentProgram } from "../../../agent/cli/program.ts";
import { consoleProgram } from "../../../console/cli/program.ts";
import { programHelp, verbHelp } from "../../../host/cli/help.ts";
import { parseCommandLine } from "../../../host/cli/parse.ts";
import type { Program } from "../../../host/cli/types.ts";
import { publisherProgram } from "../../../publisher/cli/program.ts";

const programs: readonly Program[] = [agentProgram, publisherProgram, consoleProgram];
const all = programs.flatMap((program) => program.verbs.map((verb) => ({ program, verb })));

/** The words of an example, without what a shell would do with its output. */
const wordsOf = (example: string): readonly string[] =>
  [...example.replace(/ [<>|] .*$/, "").matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? "",
  );

type Summary = readonly [at: string, text: string];

/** Every one-line summary, with where it stands. */
const summaries = all.flatMap(({ program, verb }): readonly Summary[] => {
  const at = `${program.name} ${verb.name}`;
  const given = verb.positionals.map(({ name, summary }): Summary => [`${at} ${name}`, summary]);
  const options = Object.entries(verb.options).map(
    ([name, { summary }]): Summary => [`${at} --${name}`, summary],
  );
  return [[at, verb.summary], ...given, ...options];
});

describe("a summary", () => {
  test.each(summaries)("of %s is one short line without a full stop", (_at, summary) => {
    expect(summary).toMatch(/^[A-Z\d"-]|^path_hash_prefixes/);
    expect(summary).toMatch(/[^.\s]$/);
    expect(summary).not.toMatch(/[\n\t]| {2}|\(default [^:]|^The default/);
    expect(summary.length).toBeLessThanOrEqual(160);
  });

  test.each(programs)("of $name goes on after its name", ({ summary }) => {
    expect(summary).toMatch(/^[a-z].*[^.]$/);
  });
});

test.each(all.filter(({ verb }) => verb.description !== undefined))(
  "the description of $program.name $verb.name is whole sentences",
  ({ verb }) => {
    for (const part of verb.description?.split("\n\n") ?? []) expect(part).toMatch(/^[A-Z].*[.]$/);
  },
);

test.each(
  all.flatMap(({ program, verb }) =>
    (verb.examples ?? []).map((example) => ({ program, verb, example })),
  ),
)("$example", ({ program, verb, example }) => {
  const [name, ...words] = wordsOf(example);
  expect(name).toBe(program.name);
  expect(parseCommandLine(program, words, {})).toMatchObject({ kind: "run", verb });
});

test.each(all)("help for $program.name $verb.name fits on a terminal", ({ program, verb }) => {
  const [help] = verbHelp(program, verb).split("\n\nExamples:");
  const long = help?.split("\n").filter((line) => line.length > 80 && !line.startsWith("Usage: "));
  expect(long).toEqual([]);
  expect(
    programHelp(program)
      .split("\n")
      .filter((line) => line.length > 80),
  ).toEqual([]);
});
