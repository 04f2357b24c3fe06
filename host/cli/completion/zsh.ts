/** Completion for zsh: a `_arguments` call for each verb, under a dispatch by the verb's words. */
import {
  functionName,
  type Grammar,
  lastWord,
  type OptionGrammar,
  quoted,
  type Source,
  type VerbGrammar,
} from "./grammar.ts";

/** A text inside an `_arguments` specification. */
const specText = (text: string): string => text.replaceAll(/[\\[\]:]/g, "\\$&");

/** The action that completes a source; a space before it keeps zsh from adding arguments. */
const action = (grammar: Grammar, source: Source): string => {
  if (source.kind === "file") return "_files";
  if (source.kind === "directory") return "_files -/";
  if (source.kind === "choices") return `(${source.choices.join(" ")})`;
  if (source.kind === "names") return ` ${functionName(grammar)}_names ${source.verb}`;
  return " ";
};

/** The specifications of one option: for several words, each excludes the others. */
const optionSpecs = (grammar: Grammar, option: OptionGrammar): readonly string[] => {
  const { words, summary, value, repeats } = option;
  const text = `[${specText(summary)}]`;
  const given = value === undefined ? "" : `:${value.name}:${action(grammar, value.source)}`;
  return words.map((word) => {
    const once = repeats ? "*" : words.length > 1 ? `(${words.join(" ")})` : "";
    const sign = value === undefined ? "" : word.startsWith("--") ? "=" : "+";
    return once + word + sign + text + given;
  });
};

const argumentSpecs = (grammar: Grammar, verb: VerbGrammar): readonly string[] =>
  verb.arguments.map(
    ({ name, source, many }) => `${many ? "*" : ""}:${specText(name)}:${action(grammar, source)}`,
  );

const lines = (specs: readonly string[]): string =>
  specs.map((spec) => ` \\\n    ${quoted(spec)}`).join("");

/** Function for the words of one level: "" for the first, a group's word for its second. */
const levelName = (grammar: Grammar, group: string): string =>
  `${functionName(grammar)}${group === "" ? "" : `_group_${group}`}`;

const verbName = (grammar: Grammar, { name }: VerbGrammar): string =>
  `${functionName(grammar)}_verb_${name.replaceAll(" ", "_")}`;

const verbFunction = (grammar: Grammar, verb: VerbGrammar): string => {
  const options = [...verb.options, ...grammar.globals];
  const specs = options.flatMap((option) => optionSpecs(grammar, option));
  return `${verbName(grammar, verb)}() {
  (( ${functionName(grammar)}_help )) && return
  _arguments -s -S${lines([...specs, ...argumentSpecs(grammar, verb)])}
}`;
};

interface Level {
  readonly group: string;
  readonly words: readonly { readonly word: string; readonly summary: string }[];
  /** Function to call after a word. */
  readonly next: ReadonlyMap<string, string>;
}

const levelFunction = (grammar: Grammar, { group, words, next }: Level): string => {
  const described = words.map(({ word, summary }) => `${specText(word)}:${summary}`);
  const branches = [...next].map(([word, call]) => `        ${word}) ${call} ;;`);
  const globals = grammar.globals.flatMap((option) => optionSpecs(grammar, option));
  return `${levelName(grammar, group)}() {
  local curcontext=$curcontext state line
  local -A opt_args
  local -a commands=(${lines(described)}
  )
  _arguments -C -s -S${lines([...globals, "1:command:->command", "*::argument:->argument"])}
  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $line[1] in
${branches.join("\n")}
      esac
      ;;
  esac
}`;
};

const levels = (grammar: Grammar): readonly Level[] => {
  const single = grammar.verbs.filter(({ name }) => !name.includes(" "));
  const first: readonly (readonly [string, string])[] = [
    ...single.map((verb): [string, string] => [verb.name, verbName(grammar, verb)]),
    ...[...grammar.groups.keys()].map((word): [string, string] => [word, levelName(grammar, word)]),
    ["help", `${functionName(grammar)}_help=1 ${functionName(grammar)}`],
  ];
  const groups = [...grammar.groups].map(([group, verbs]): Level => {
    const words = verbs.map((verb) => ({ word: lastWord(verb), summary: verb.summary }));
    const next = new Map(verbs.map((verb) => [lastWord(verb), verbName(grammar, verb)]));
    return { group, words, next };
  });
  return [{ group: "", words: grammar.firstWords, next: new Map(first) }, ...groups];
};

/** The script, to be put as `_PROGRAM` into a folder of `fpath`. */
export const zshCompletion = (grammar: Grammar): string => {
  const name = functionName(grammar);
  const { program } = grammar;
  return `#compdef ${[program, ...grammar.aliases].join(" ")}
# zsh completion for ${program}. Generated from the program: do not edit.

# Offers what a verb of the program prints, one a line, under the same --config.
${name}_names() {
  local -a names
  names=(\${(f)"$("\${${name}_call[@]}" "$@" 2>/dev/null </dev/null)"})
  compadd -a names
}

${grammar.verbs.map((verb) => verbFunction(grammar, verb)).join("\n\n")}

${levels(grammar)
  .map((level) => levelFunction(grammar, level))
  .join("\n\n")}

${name}_start() {
  local -i ${name}_help=0
  local -a ${name}_call=(\${(Q)words[1]})
  local -i at=$words[(I)--config]
  (( at > 0 && at + 1 < CURRENT )) && ${name}_call+=(--config \${(Q)words[at + 1]})
  [[ -n \${words[(r)--config=*]} ]] && ${name}_call+=(\${(Q)words[(r)--config=*]})
  ${name}
}

${name}_start "$@"
`;
};
