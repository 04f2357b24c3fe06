/** docs/cli.md from the programs' command lines, which are data. */
import { agentProgram } from "../../agent/cli/program.ts";
import { consoleProgram } from "../../console/cli/program.ts";
import { usageLine } from "../../host/cli/help.ts";
import {
  globalOptions,
  type OptionSpec,
  type Program,
  standardExitCodes,
  type Verb,
} from "../../host/cli/types.ts";
import { publisherProgram } from "../../publisher/cli/program.ts";
import { fenced, table } from "./markdown.ts";

const programs: readonly Program[] = [agentProgram, publisherProgram, consoleProgram];

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const optionRow = ([name, spec]: readonly [string, OptionSpec]): readonly string[] => {
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  const value = spec.type === "string" ? ` ${spec.value ?? "VALUE"}` : "";
  const notes = [
    ...(spec.required === true ? ["required"] : []),
    ...(spec.multiple === true ? ["may be repeated"] : []),
    ...(spec.env === undefined ? [] : [`environment: \`${spec.env}\``]),
  ];
  const note = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
  return [`\`${short}--${name}${value}\``, spec.summary + note];
};

const optionTable = (options: Readonly<Record<string, OptionSpec>>): string =>
  table(["option", "meaning"], Object.entries(options).map(optionRow));

const codeTable = (codes: NonNullable<Program["exitCodes"]>): string =>
  table(
    ["exit code", "meaning"],
    codes.map(({ code, meaning }) => [String(code), meaning]),
  );

const placeTable = (head: string, places: Program["files"]): string | undefined =>
  places === undefined
    ? undefined
    : table(
        [head, "what it is for"],
        places.map(({ name, summary }) => [`\`${name}\``, summary]),
      );

const paragraphs = (parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join("\n\n");

const verbSection = (program: Program, verb: Verb): string => {
  const { positionals, options, examples, exitCodes } = verb;
  return paragraphs([
    `### ${verb.name}`,
    `${capital(verb.summary)}.`,
    verb.description,
    fenced(usageLine(program, verb)),
    positionals.length === 0
      ? undefined
      : table(
          ["argument", "meaning"],
          positionals.map(({ name, summary }) => [`\`${name}\``, summary]),
        ),
    Object.keys(options).length === 0 ? undefined : optionTable(options),
    examples === undefined ? undefined : `For example:\n\n${fenced(examples.join("\n"))}`,
    exitCodes === undefined ? undefined : codeTable(exitCodes),
  ]);
};

const programSection = (program: Program): string =>
  paragraphs([
    `## ${program.name}`,
    `${capital(program.summary)}.`,
    program.description,
    program.exitCodes === undefined ? undefined : codeTable(program.exitCodes),
    placeTable("file", program.files),
    placeTable("environment", program.environment),
    ...program.verbs.map((verb) => verbSection(program, verb)),
  ]);

/** The page. */
export const cliPage = (): string =>
  paragraphs([
    "# Command line",
    "Every command of every program takes these options:",
    optionTable(globalOptions),
    "and ends with one of these exit codes:",
    codeTable(standardExitCodes),
    ...programs.map(programSection),
  ]);
