/**
 * Completion for bash. The script stands alone: it needs nothing of the package bash-completion,
 * and nothing that it was given is expanded as shell code.
 */
import {
  functionName,
  type Grammar,
  lastWord,
  type OptionGrammar,
  quoted,
  type Source,
  type VerbGrammar,
} from "./grammar.ts";

/** Sets `fill` to what completes a source: the end of a function's name, and its arguments. */
const fill = (source: Source): string => {
  if (source.kind === "file") return "fill=(files -f)";
  if (source.kind === "directory") return "fill=(files -d)";
  if (source.kind === "choices") return `fill=(words ${quoted(source.choices.join(" "))})`;
  if (source.kind === "names") return `fill=(names ${source.verb})`;
  return "fill=(words '')";
};

const words = (options: readonly OptionGrammar[]): string =>
  quoted(options.flatMap((option) => option.words).join(" "));

/** Branches for the options that take a value, by "verb option"; `verb` is a pattern. */
const valueCases = (verb: string, options: readonly OptionGrammar[]): readonly string[] =>
  options.flatMap((option) => {
    if (option.value === undefined) return [];
    const patterns = option.words.map((word) => verb + quoted(` ${word}`));
    return [`    ${patterns.join("|")}) ${fill(option.value.source)} ;;`];
  });

const argumentCases = ({ name, arguments: given }: VerbGrammar): readonly string[] =>
  given.map(({ source, many }, index) => {
    const pattern = many ? `${quoted(`${name} `)}*` : quoted(`${name} ${index}`);
    return `    ${pattern}) ${fill(source)} ;;`;
  });

const groupCases = ({ groups }: Grammar): readonly string[] =>
  [...groups].map(([group, verbs]) => {
    const choices = verbs.map(lastWord);
    return `    ${quoted(`${group} 0`)}) ${fill({ kind: "choices", choices })} ;;`;
  });

/** The functions that fill COMPREPLY with what begins as `cur` does. */
const fillers = (name: string): string => `
${name}_words() {
  local word words=()
  read -r -d '' -a words <<<"$1"
  for word in "\${words[@]}"; do
    if [[ $word = "$cur"* ]]; then COMPREPLY+=("$word"); fi
  done
}

${name}_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

${name}_names() {
  ${name}_words "$("$program" "\${config[@]}" "$@" 2>/dev/null </dev/null)"
}`;

/** Goes through the words before the cursor. */
const walk = (name: string, verbs: readonly string[]): string => `
# Sets verb, count (the arguments after it), help, ended (after "--") and config.
${name}_walk() {
  local index word
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $ended = '' && $word = -- ]]; then
      ended=yes
    elif [[ $ended = '' && $word = -?* ]]; then
      ${name}_option "$verb $word" || continue
      # bash takes "--config=x" apart at the sign.
      if [[ \${COMP_WORDS[index + 1]} = '=' ]]; then ((index += 2)); else ((index += 1)); fi
      if [[ $word = --config && $index -lt $COMP_CWORD ]]; then
        config=(--config "\${COMP_WORDS[index]}")
      fi
    elif [[ $word = help && $verb$help = '' ]]; then
      help=yes
    else
      case "$verb\${verb:+ }$word" in
        ${verbs.map(quoted).join(" | ")}) verb=$verb\${verb:+ }$word ;;
        *) ((count += 1)) ;;
      esac
    fi
  done
}`;

/** The script, to be sourced, or put into bash-completion's folder under the program's name. */
export const bashCompletion = (grammar: Grammar): string => {
  const { program, verbs, groups, firstWords, globals } = grammar;
  const name = functionName(grammar);
  const first = fill({ kind: "choices", choices: firstWords.map(({ word }) => word) });
  return `# bash completion for ${program}. Generated from the program: do not edit.
${fillers(name)}

# Sets fill to what completes the value of an option; fails if it takes none.
${name}_option() {
  case $1 in
${[...valueCases("*", globals), ...verbs.flatMap((verb) => valueCases(quoted(verb.name), verb.options))].join("\n")}
    *) return 1 ;;
  esac
}

# Sets fill to the words that go on with a verb's name.
${name}_command() {
  case $1 in
    ' 0') ${first} ;;
${groupCases(grammar).join("\n")}
  esac
}

# Sets fill to what completes an argument, by verb and number.
${name}_argument() {
  case $1 in
${verbs.flatMap(argumentCases).join("\n")}
  esac
}

# Sets fill to the options of a verb.
${name}_options() {
  local globals=${words(globals)}
  case $1 in
${verbs.map((verb) => `    ${quoted(verb.name)}) fill=(words ${words(verb.options)}" $globals") ;;`).join("\n")}
    *) fill=(words "$globals") ;;
  esac
}
${walk(name, [...verbs.map((verb) => verb.name), ...groups.keys()])}

${name}() {
  local program=$1 cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local verb='' count=0 help='' ended='' config=() fill=()
  COMPREPLY=()
  ${name}_walk
  if [[ $cur = '=' ]]; then
    cur=''
  elif [[ $before = '=' ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  fill=()
  if [[ $ended = '' && $before = -?* ]] && ${name}_option "$verb $before"; then
    :
  elif [[ $ended = '' && $cur = -* ]]; then
    ${name}_options "$verb"
  else
    ${name}_command "$verb $count"
    [[ $help = yes ]] || ${name}_argument "$verb $count"
  fi
  if [[ \${#fill[@]} -gt 0 ]]; then "${name}_\${fill[@]}"; fi
}

complete -F ${name} ${[program, ...grammar.aliases].join(" ")}
`;
};
