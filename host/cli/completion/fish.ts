/** Completion for fish: one `complete` line for each thing, under a condition on the words before. */
import {
  functionName,
  type Grammar,
  lastWord,
  type OptionGrammar,
  type Source,
  type VerbGrammar,
} from "./grammar.ts";

/** A word that fish takes as it is. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;

/** What completes a source, as arguments of `complete`. */
const offer = (grammar: Grammar, source: Source): readonly string[] => {
  if (source.kind === "file") return ["-F"];
  if (source.kind === "directory") return ["-a", "'(__fish_complete_directories)'"];
  if (source.kind === "choices") return ["-a", quoted(source.choices.join(" "))];
  if (source.kind === "names")
    return ["-a", quoted(`(_${functionName(grammar)}_names ${source.verb})`)];
  return [];
};

/** A condition: this verb, with so many arguments after it (any, if undefined). */
const when = (grammar: Grammar, verb: string, count?: number, help?: "help"): string => {
  const words = [`_${functionName(grammar)}_at`, quoted(verb), count ?? "any", help ?? ""];
  return `-n ${quoted(words.join(" ").trim())}`;
};

const optionLine = (
  grammar: Grammar,
  condition: readonly string[],
  { words, value, summary }: OptionGrammar,
): string => {
  const names = words.map((word) =>
    word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`,
  );
  // fish offers files for a value unless told not to.
  const files = value?.source.kind === "file" ? "-r" : "-x";
  const given = value === undefined ? [] : [files, ...offer(grammar, value.source)];
  const parts = ["complete", "-c", grammar.program, ...condition, ...names, ...given];
  return [...parts, "-d", quoted(summary)].join(" ");
};

const verbLines = (grammar: Grammar, verb: VerbGrammar): readonly string[] => [
  ...verb.options.map((option) => optionLine(grammar, [when(grammar, verb.name)], option)),
  ...verb.arguments.flatMap(({ source, many }, index) => {
    const offered = offer(grammar, source);
    const condition = when(grammar, verb.name, many ? undefined : index);
    return offered.length === 0
      ? []
      : [["complete", "-c", grammar.program, condition, ...offered].join(" ")];
  }),
];

interface Word {
  readonly word: string;
  readonly summary: string;
}

/** The words that may follow those of a verb that is not whole yet: "" or a group's. */
const wordLines = (grammar: Grammar, before: string, words: readonly Word[]): readonly string[] =>
  words.map(({ word, summary }) => {
    const condition = when(grammar, before, 0, "help");
    return `complete -c ${grammar.program} ${condition} -a ${quoted(word)} -d ${quoted(summary)}`;
  });

/** The options that take a value, of whatever verb. */
const valueWords = ({ globals, verbs }: Grammar): readonly string[] => {
  const taking = [...globals, ...verbs.flatMap(({ options }) => options)].filter(
    ({ value }) => value !== undefined,
  );
  return [...new Set(taking.flatMap(({ words }) => words))];
};

const functions = (grammar: Grammar): string => {
  const name = `_${functionName(grammar)}`;
  const known = [...grammar.groups.keys(), ...grammar.verbs.map((verb) => verb.name)];
  return `
# Whether the words before the cursor are the verb $argv[1] and as many arguments as $argv[2] says;
# after "help" only with $argv[3].
function ${name}_at
    set -l verb
    set -l count 0
    set -l skip
    set -l help
    for word in (commandline -opc)[2..]
        if test -n "$skip"
            set skip
        else if contains -- $word ${valueWords(grammar).join(" ")}
            set skip yes
        else if string match -q -- '-?*' $word
            continue
        else if test "$verb$help" = '' -a $word = help
            set help yes
        else if contains -- (string trim -- "$verb $word") ${known.map(quoted).join(" ")}
            set verb (string trim -- "$verb $word")
        else
            set count (math $count + 1)
        end
    end
    test "$verb" = "$argv[1]"
    and contains -- $argv[2] any $count
    and test -z "$help" -o "$argv[3]" = help
end

# Offers what a verb of the program prints, one a line, under the same --config.
function ${name}_names
    set -l words (commandline -opc)
    set -l config
    for index in (seq 2 (count $words))
        if string match -q -- '--config=*' $words[$index]
            set config $words[$index]
        else if test $words[$index] = --config -a $index -lt (count $words)
            set config --config $words[(math $index + 1)]
        end
    end
    command $words[1] $config $argv 2>/dev/null </dev/null
end`;
};

/** The script, to be put as `PROGRAM.fish` into a folder of completions. */
export const fishCompletion = (grammar: Grammar): string => {
  const { program, aliases, globals, firstWords, groups, verbs } = grammar;
  const lines = [
    `# fish completion for ${program}. Generated from the program: do not edit.`,
    functions(grammar),
    "",
    ...aliases.map((alias) => `complete -c ${alias} -w ${program}`),
    `complete -c ${program} -f`,
    ...globals.map((option) => optionLine(grammar, [], option)),
    ...wordLines(grammar, "", firstWords),
    ...[...groups].flatMap(([group, members]) => {
      const words = members.map((verb) => ({ word: lastWord(verb), summary: verb.summary }));
      return wordLines(grammar, group, words);
    }),
    ...verbs.flatMap((verb) => verbLines(grammar, verb)),
  ];
  return `${lines.join("\n")}\n`;
};
