/** A program's command line as shell completion needs it: what may come where. Pure data. */
import { globalOptions, type OptionSpec, type Program, type Verb } from "../types.ts";

/** What completes a value. `names` come from the program itself, which prints them one a line. */
export type Source =
  | { readonly kind: "free" | "file" | "directory" }
  | { readonly kind: "choices"; readonly choices: readonly string[] }
  | { readonly kind: "names"; readonly verb: string };

/** One option. */
export interface OptionGrammar {
  /** As it is typed: "--json", "-q". */
  readonly words: readonly string[];
  readonly summary: string;
  /** The value that it takes; absent for a flag. */
  readonly value?: { readonly name: string; readonly source: Source };
  readonly repeats: boolean;
}

/** One argument without a name. */
export interface ArgumentGrammar {
  readonly name: string;
  readonly source: Source;
  /** Takes all that follow. */
  readonly many: boolean;
}

/** A verb. */
export interface VerbGrammar {
  readonly name: string;
  readonly summary: string;
  /** Its own options; those of every verb are `Grammar.globals`. */
  readonly options: readonly OptionGrammar[];
  readonly arguments: readonly ArgumentGrammar[];
}

/** A program: verbs of one word, and groups such as "key" with their second words. */
export interface Grammar {
  readonly program: string;
  /** Its other names. */
  readonly aliases: readonly string[];
  readonly globals: readonly OptionGrammar[];
  readonly verbs: readonly VerbGrammar[];
  /** First words: verbs and groups, with what they are for. */
  readonly firstWords: readonly { readonly word: string; readonly summary: string }[];
  /** The verbs of each group, by its word. */
  readonly groups: ReadonlyMap<string, readonly VerbGrammar[]>;
}

/** Words of help that mean something on the disk. */
const wordSources: Readonly<Record<string, Source>> = {
  FILE: { kind: "file" },
  BUNDLE: { kind: "file" },
  KEY: { kind: "file" }, // or a key's name
  COMMAND: { kind: "file" },
  DIR: { kind: "directory" },
  SOURCE_DIR: { kind: "directory" },
};

const sourceOf = (
  program: Program,
  word: string,
  choices: readonly string[] | undefined,
): Source => {
  if (choices !== undefined) return { kind: "choices", choices };
  const verb = program.listedBy?.[word];
  return verb === undefined ? (wordSources[word] ?? { kind: "free" }) : { kind: "names", verb };
};

const optionsOf = (
  program: Program,
  specs: Readonly<Record<string, OptionSpec>>,
): readonly OptionGrammar[] =>
  Object.entries(specs).map(([name, { type, short, value = "VALUE", choices, ...spec }]) => ({
    words: [`--${name}`, ...(short === undefined ? [] : [`-${short}`])],
    summary: spec.summary,
    repeats: spec.multiple ?? false,
    ...(type === "string"
      ? { value: { name: value, source: sourceOf(program, value, choices) } }
      : {}),
  }));

const verbOf = (program: Program, verb: Verb): VerbGrammar => ({
  name: verb.name,
  summary: verb.summary,
  options: optionsOf(program, verb.options),
  arguments: verb.positionals.map(({ name, many, choices }) => ({
    name,
    source: sourceOf(program, name, choices),
    many: many ?? false,
  })),
});

/** The words that a verb's name begins with, without its last: "" or "key". */
const groupOf = ({ name }: VerbGrammar): string => name.split(" ").slice(0, -1).join(" ");

/** What may come where on the command line of a program. */
export const grammarOf = (program: Program): Grammar => {
  const globals = optionsOf(program, globalOptions);
  const verbs = program.verbs.map((verb) => verbOf(program, verb));
  const groups = Map.groupBy(
    verbs.filter((verb) => groupOf(verb) !== ""),
    groupOf,
  );
  const firstWords = new Map<string, string>();
  for (const verb of verbs) {
    const group = groupOf(verb);
    const names = groups.get(group)?.map(({ name }) => name.slice(group.length + 1));
    if (names === undefined) firstWords.set(verb.name, verb.summary);
    else firstWords.set(group, names.join(", "));
  }
  firstWords.set("help", "Tell about a command");
  return {
    program: program.name,
    aliases: program.aliases ?? [],
    globals,
    verbs,
    firstWords: [...firstWords].map(([word, summary]) => ({ word, summary })),
    groups,
  };
};

/** The last word of a verb's name: "new" of "key new". */
export const lastWord = ({ name }: VerbGrammar): string => name.split(" ").at(-1) ?? name;

/** The name of a shell function of a program: "_vouchsafe_agent". */
export const functionName = ({ program }: Grammar): string =>
  `_${program.replaceAll(/[^a-z0-9]/g, "_")}`;

/** A word that a shell takes as it is, in single quotes (bash and zsh). */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
