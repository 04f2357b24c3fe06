/** Help text, generated from the Program value. */
import { wrapText } from "./format.ts";
import {
  globalOptions,
  type OptionSpec,
  type PositionalSpec,
  type Program,
  standardExitCodes,
  type Verb,
} from "./types.ts";

/** Columns of help. Where the terminal is narrower it wraps again. */
const helpWidth = 80;
const leastMeaning = 30;

function positionalUsage({ name, required, many }: PositionalSpec): string {
  const word = many === true ? `${name}…` : name;
  return required === true ? word : `[${word}]`;
}

function optionName(name: string, spec: OptionSpec): string {
  const value = spec.type === "string" ? ` ${spec.value ?? "VALUE"}` : "";
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  return `${short}--${name}${value}`;
}

/** The usage line of a verb, with the program's name. */
export function usageLine(program: Program, verb: Verb): string {
  if (verb.usage !== undefined) return `${program.name} ${verb.usage}`;
  const required = Object.entries(verb.options)
    .filter(([, spec]) => spec.required === true)
    .map(([name, spec]) => optionName(name, { ...spec, short: "" }).replace(/^-, /, ""));
  const options = Object.keys(verb.options).length > required.length ? ["[options]"] : [];
  const words = [program.name, verb.name, ...required, ...options];
  return [...words, ...verb.positionals.map(positionalUsage)].join(" ");
}

function optionRows(options: Readonly<Record<string, OptionSpec>>): [string, string][] {
  return Object.entries(options).map(([name, spec]) => {
    const notes = [
      ...(spec.multiple === true ? ["may be repeated"] : []),
      ...(spec.env === undefined ? [] : [`environment: ${spec.env}`]),
    ];
    const note = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
    return [optionName(name, spec), `${spec.summary}${note}`];
  });
}

/** Terms, two spaces in, and what they mean beside them, wrapped. */
function termTable(rows: readonly (readonly [term: string, meaning: string])[]): string {
  const indent = Math.max(0, ...rows.map(([term]) => term.length)) + 4;
  const width = Math.max(leastMeaning, helpWidth - indent);
  const line = (term: string, part: string): string =>
    `${`  ${term}`.padEnd(indent)}${part}`.trimEnd();
  return rows
    .flatMap(([term, meaning]) => {
      const [first = "", ...rest] = wrapText(meaning, width);
      return [line(term, first), ...rest.map((part) => line("", part))];
    })
    .join("\n");
}

/** Paragraphs, which an empty line parts in the text. */
function paragraphs(text: string | undefined): string[] {
  return (text ?? "")
    .split(/\n\s*\n/)
    .filter((part) => part !== "")
    .flatMap((part) => ["", ...wrapText(part, helpWidth)]);
}

function section(title: string, body: string): string[] {
  return body === "" ? [] : ["", `${title}:`, body];
}

/** Help for one verb. */
export function verbHelp(program: Program, verb: Verb): string {
  const positionals = verb.positionals.map(({ name, summary }) => [name, summary] as const);
  return [
    ...wrapText(`${verb.summary}.`, helpWidth),
    ...paragraphs(verb.description),
    "",
    `Usage: ${usageLine(program, verb)}`,
    ...section("Arguments", termTable(positionals)),
    ...section("Options", termTable(optionRows(verb.options))),
    ...section("Everywhere", termTable(optionRows(globalOptions))),
    ...section("Examples", (verb.examples ?? []).map((example) => `  ${example}`).join("\n")),
    ...section("Exit codes", exitCodeTable(verb.exitCodes ?? [])),
  ].join("\n");
}

function exitCodeTable(codes: NonNullable<Verb["exitCodes"]>): string {
  return termTable(codes.map(({ code, meaning }) => [String(code), meaning] as const));
}

/** Help for a whole program. */
export function programHelp(program: Program): string {
  return [
    ...wrapText(`${program.name}: ${program.summary}.`, helpWidth),
    ...paragraphs(program.description),
    "",
    `Usage: ${program.name} COMMAND [options]`,
    ...section(
      "Commands",
      termTable(program.verbs.map(({ name, summary }) => [name, summary] as const)),
    ),
    ...section("Everywhere", termTable(optionRows(globalOptions))),
    ...section("Exit codes", exitCodeTable(program.exitCodes ?? standardExitCodes)),
    "",
    `"${program.name} help COMMAND" tells more about one.`,
  ].join("\n");
}

/** A verb as plain data: what `--help --json` prints and the generators read. */
export function describeVerb(program: Program, verb: Verb): Record<string, unknown> {
  const { name, summary, description, positionals, options, examples, exitCodes } = verb;
  const usage = usageLine(program, verb);
  return { name, summary, description, usage, positionals, options, examples, exitCodes };
}

/** A program as plain data. */
export function describeProgram(program: Program): Record<string, unknown> {
  return {
    name: program.name,
    summary: program.summary,
    description: program.description,
    version: program.version,
    globalOptions,
    exitCodes: program.exitCodes ?? standardExitCodes,
    files: program.files,
    environment: program.environment,
    verbs: program.verbs.map((verb) => describeVerb(program, verb)),
  };
}
