/** The man pages of a program, from its Program value: one for the whole, and one for each verb. */
import { usageLine } from "../help.ts";
import {
  type ExitCodeSpec,
  globalOptions,
  type OptionSpec,
  type PlaceSpec,
  type Program,
  standardExitCodes,
  type Verb,
} from "../types.ts";
import { type ManEdition, type ManPage, type ManReference, manPage } from "./page.ts";
import {
  bold,
  entry,
  escapeText,
  italic,
  markedText,
  paragraphs,
  section,
  verbatim,
} from "./roff.ts";

type Specs = Readonly<Record<string, OptionSpec>>;

const sentence = (text: string): string => {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
};

/** The page of a verb is called as git's are: vouchsafe-agent-key-new. */
const verbPageName = (program: Program, verb: Verb): string =>
  [program.name, ...verb.name.split(" ")].join("-");

const optionTerm = (name: string, spec: OptionSpec): string => {
  const short = spec.short === undefined ? "" : `${bold(`-${spec.short}`)}, `;
  const value = spec.type === "string" ? ` ${italic(spec.value ?? "VALUE")}` : "";
  return `${short}${bold(`--${name}`)}${value}`;
};

const optionMeaning = (spec: OptionSpec): string => {
  const notes = [
    ...(spec.required === true ? ["Required."] : []),
    ...(spec.multiple === true ? ["May be repeated."] : []),
    ...(spec.env === undefined ? [] : [`Else \`${spec.env}\` of the environment counts.`]),
  ];
  return markedText([sentence(spec.summary), ...notes].join(" "));
};

const optionEntries = (specs: Specs): readonly string[] =>
  Object.entries(specs).flatMap(([name, spec]) =>
    entry(optionTerm(name, spec), optionMeaning(spec)),
  );

const exitEntries = (codes: readonly ExitCodeSpec[]): readonly string[] =>
  codes.flatMap(({ code, meaning }) => entry(bold(String(code)), markedText(sentence(meaning))));

const placeEntries = (places: readonly PlaceSpec[]): readonly string[] =>
  places.flatMap(({ name, summary }) => entry(italic(name), markedText(sentence(summary))));

/** The variables of a verb's own options. */
const variablesOf = (specs: Specs): readonly PlaceSpec[] =>
  Object.entries(specs).flatMap(([option, { env }]) =>
    env === undefined ? [] : [{ name: env, summary: `Counts when \`--${option}\` is not given` }],
  );

/** Words that are typed bold, words that stand for something italic: "update [options] [DATABASE…]". */
const synopsis = (usage: string): string =>
  usage
    .split(/([\s[\]|…]+)/)
    .filter((part) => part !== "")
    .map((part) => {
      if (/^[\s[\]|…]+$/.test(part)) return part.replaceAll("…", "\\[u2026]");
      return part === "options" || /^[A-Z][A-Z_:]*$/.test(part) ? italic(part) : bold(part);
    })
    .join("");

/** The program's codes; of those that a verb tells itself, the verb's meaning. */
const codesOf = (program: Program, verb: Verb): readonly ExitCodeSpec[] => {
  const own = new Map((verb.exitCodes ?? []).map((spec) => [spec.code, spec]));
  const all = (program.exitCodes ?? standardExitCodes).map((spec) => own.get(spec.code) ?? spec);
  return [...all, ...[...own.values()].filter((spec) => !all.includes(spec))];
};

const verbPage = (
  program: Program,
  verb: Verb,
  related: readonly ManReference[],
  edition: ManEdition,
): ManPage => {
  const { positionals, options } = verb;
  const given = positionals.flatMap(({ name, summary }) =>
    entry(italic(name), markedText(sentence(summary))),
  );
  const body = [
    ...section("SYNOPSIS", [synopsis(usageLine(program, verb))]),
    ...section("DESCRIPTION", [
      escapeText(sentence(verb.summary)),
      ...(verb.description === undefined ? [] : [".PP", ...paragraphs(verb.description)]),
    ]),
    ...section("ARGUMENTS", given),
    ...section("OPTIONS", [...optionEntries(options), ...optionEntries(globalOptions)]),
    ...section("EXIT STATUS", exitEntries(codesOf(program, verb))),
    ...section("ENVIRONMENT", placeEntries(variablesOf(options))),
    ...section("EXAMPLES", verb.examples === undefined ? [] : verbatim(verb.examples)),
  ];
  const [name, seeAlso] = [verbPageName(program, verb), [pageOf(program), ...related]];
  return manPage({ name, section: 1, summary: verb.summary, body, seeAlso }, edition);
};

const pageOf = ({ name }: Program): ManReference => ({ name, section: 1 });

const programPage = (
  program: Program,
  related: readonly ManReference[],
  edition: ManEdition,
): ManPage => {
  const { name, summary, description, verbs } = program;
  const commands = verbs.flatMap((verb) =>
    entry(
      bold(verb.name),
      `${escapeText(sentence(verb.summary))} See ${bold(verbPageName(program, verb))}(1).`,
    ),
  );
  const variables = new Map(
    [...verbs.flatMap(({ options }) => variablesOf(options)), ...(program.environment ?? [])].map(
      (place) => [place.name, place],
    ),
  );
  const body = [
    ...section("SYNOPSIS", [
      synopsis(`${name} COMMAND [options]`),
      ".br",
      synopsis(`${name} help [COMMAND]`),
    ]),
    ...section("DESCRIPTION", paragraphs(description ?? sentence(`${name} ${summary}`))),
    ...section("COMMANDS", commands),
    ...section("OPTIONS", ["Every command takes these:", ...optionEntries(globalOptions)]),
    ...section("EXIT STATUS", exitEntries(program.exitCodes ?? standardExitCodes)),
    ...section("FILES", placeEntries(program.files ?? [])),
    ...section("ENVIRONMENT", placeEntries([...variables.values()])),
    ...section("EXAMPLES", verbatim(verbs.flatMap(({ examples }) => examples?.slice(0, 1) ?? []))),
  ];
  const own = verbs.map(
    (verb): ManReference => ({ name: verbPageName(program, verb), section: 1 }),
  );
  const seeAlso = [...own, ...related];
  return manPage({ name, section: 1, summary, body, seeAlso }, edition);
};

/**
 * All man pages of a program.
 *
 * @param related other pages that each of them names, such as that of its configuration file
 */
export const programPages = (
  program: Program,
  related: readonly ManReference[],
  edition: ManEdition,
): readonly ManPage[] => [
  programPage(program, related, edition),
  ...program.verbs.map((verb) => verbPage(program, verb, related, edition)),
];
