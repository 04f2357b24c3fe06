/** What bash, zsh and fish offer for a line, each asked in its own way with a completion script. */
import { execFile } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { bashCompletion } from "../../host/cli/completion/bash.ts";
import { fishCompletion } from "../../host/cli/completion/fish.ts";
import type { Grammar } from "../../host/cli/completion/grammar.ts";
import { zshCompletion } from "../../host/cli/completion/zsh.ts";

const run = promisify(execFile);

/** One shell. */
export interface Shell {
  readonly name: string;
  readonly program: string;
  /** Writes the completion scripts of programs into `folder`. */
  install(grammars: readonly Grammar[], folder: string): Promise<void>;
  /**
   * The words that are offered at the end of the line, sorted.
   *
   * @param words the line, taken apart; the last is what is being typed
   * @param cwd where file names are looked up
   */
  offers(place: ShellPlace, words: readonly string[]): Promise<readonly string[]>;
}

/** Where a shell is asked. */
export interface ShellPlace {
  /** Where `install` wrote. */
  readonly folder: string;
  readonly cwd: string;
  /** A folder of programs, before those of the system. */
  readonly bin: string;
}

const runIn = async (
  { cwd, bin, folder }: ShellPlace,
  program: string,
  args: readonly string[],
): Promise<string> => {
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: folder, TERM: "dumb", LC_ALL: "C.UTF-8" };
  const { stdout } = await run(program, [...args], { cwd, env, timeout: 100_000 });
  return stdout;
};

const sorted = (words: readonly string[]): readonly string[] =>
  [...new Set(words.filter((word) => word !== ""))].toSorted();

const writeScripts = async (
  grammars: readonly Grammar[],
  folder: string,
  complete: (grammar: Grammar) => string,
  nameOf: (program: string) => string = (program) => program,
): Promise<void> => {
  for (const grammar of grammars) {
    await writeFile(join(folder, nameOf(grammar.program)), complete(grammar));
    for (const alias of grammar.aliases) {
      await symlink(nameOf(grammar.program), join(folder, nameOf(alias))); // as packages do
    }
  }
};

/** The script of the program that a line begins with. */
const scriptOf = ({ folder }: ShellPlace, [program = ""]: readonly string[]): string =>
  join(folder, program);

/** Calls the function that readline would call. */
const bash: Shell = {
  name: "bash",
  program: "/usr/bin/bash",
  install: (grammars, folder) => writeScripts(grammars, folder, bashCompletion),
  offers: async (place, words) => {
    const script = `
      set -u
      source "$1"; shift
      COMP_WORDS=("$@")
      COMP_CWORD=$(($# - 1))
      spec=$(complete -p "$1")
      spec=\${spec#*-F }
      "\${spec%% *}" "$1"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    // bash takes words apart at the sign before it completes.
    const parted = words.flatMap((word) => word.split(/(?<=^--[a-z-]+)(=)/).filter(Boolean));
    const all = words.at(-1) === "" ? [...parted, ""] : parted;
    const args = ["--norc", "-c", script, "bash", scriptOf(place, words), ...all];
    return sorted((await runIn(place, "/usr/bin/bash", args)).split("\n"));
  },
};

/** Asks for `complete -C`, as fish's own tests do. */
const fish: Shell = {
  name: "fish",
  program: "/usr/bin/fish",
  install: (grammars, folder) => writeScripts(grammars, folder, fishCompletion),
  offers: async (place, words) => {
    const command = 'source $argv[1]; complete -C "$argv[2]"';
    const args = ["--no-config", "-c", command, scriptOf(place, words), words.join(" ")];
    const lines = (await runIn(place, "/usr/bin/fish", args)).split("\n");
    return sorted(lines.map((line) => line.split("\t")[0] ?? ""));
  },
};

/** Types the line and a tabulator into a zsh on a terminal of its own, and notes what it adds. */
const zshDriver = (folder: string): string =>
  String.raw`
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PROMPT=; stty rows 999 columns 200 -echo
fpath=(${folder} $fpath); autoload -U compinit; compinit -C -d ${folder}/dump
zstyle ":completion:*" menu no
compadd() {
  if [[ "\${@[1,(i)(-|--)]}" != *-(O|A|D)\ * ]]; then
    local -a found
    builtin compadd -A found "$@"
    local word; for word in $found; do print -r -- "<offer>$word<end>"; done
  fi
  builtin compadd "$@"
}
complete-and-end() { zle complete-word; print -r -- "<done>"; exit }
zle -N complete-and-end; bindkey "^I" complete-and-end; print -r -- "<"ready">"'
while zpty -r shell line; do [[ $line == *"<ready>"* ]] && break; done
zpty -w -n shell "$1"$'\t'
while zpty -r shell line; do print -rn -- $line; [[ $line == *"<done>"* ]] && break; done
`.replaceAll("\\${", "${");

const zsh: Shell = {
  name: "zsh",
  program: "/usr/bin/zsh",
  install: async (grammars, folder) => {
    await writeScripts(grammars, folder, zshCompletion, (program) => `_${program}`);
    await writeFile(join(folder, "driver"), zshDriver(folder));
    // What compinit finds in all its folders is kept, so that it is not looked for at each line.
    const find = `fpath=(${folder} $fpath); autoload -U compinit; compinit -u -d ${folder}/dump`;
    await run("/usr/bin/zsh", ["-f", "-c", find], { timeout: 100_000 });
  },
  offers: async (place, words) => {
    const args = ["-f", join(place.folder, "driver"), words.join(" ")];
    const text = await runIn(place, "/usr/bin/zsh", args);
    return sorted([...text.matchAll(/<offer>(.*?)<end>/gs)].map((match) => match[1] ?? ""));
  },
};

/** The shells that completion is made for. */
export const shells: readonly Shell[] = [bash, zsh, fish];
