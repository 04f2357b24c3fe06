/**
 * Scenarios as plain text: what a person types and what then happens.
 *
 *     # A comment tells what the scenario is for.
 *     $ agent update --now
 *     > daily: installed …        standard output, line by line; "…" stands for anything
 *     ! …                         standard error
 *     ? 3                         exit code, 0 if not told
 *
 * `$DIR/name` is a path of the world that the scenario plays in, `$CHECK` and `$ENDLESS` the
 * words of programs.
 */

/** One command and what must come of it. */
export interface ScenarioStep {
  /** Line number in the file. */
  readonly line: number;
  readonly words: readonly string[];
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly code: number;
}

/** What came of a command. */
export interface StepResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Splits a command line at spaces; single quotes keep them, and `\n` in quotes is a line break. */
export function splitWords(text: string): readonly string[] {
  const words = text.match(/(?:[^\s']+|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll("'", "").replaceAll("\\n", "\n"));
}

/** Reads a scenario. Throws on a line that is none of the five kinds. */
export function parseScenario(text: string): readonly ScenarioStep[] {
  const steps: {
    line: number;
    words: readonly string[];
    stdout: string[];
    stderr: string[];
    code: number;
  }[] = [];
  for (const [index, row] of text.split(/\r?\n/).entries()) {
    const mark = row.slice(0, 2);
    const rest = row.slice(2);
    const step = steps.at(-1);
    if (row.trim() === "" || row.startsWith("#")) continue;
    if (mark === "$ ") {
      steps.push({ line: index + 1, words: splitWords(rest), stdout: [], stderr: [], code: 0 });
    } else if (step !== undefined && mark.trim() === ">") step.stdout.push(rest);
    else if (step !== undefined && mark.trim() === "!") step.stderr.push(rest);
    else if (step !== undefined && mark === "? ") step.code = Number(rest);
    else throw new Error(`line ${index + 1} is neither comment, command nor expectation: ${row}`);
  }
  return steps;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Whether an expected line, in which "…" stands for anything, fits a line. */
function fits(expected: string, line: string): boolean {
  return new RegExp(`^${expected.split("…").map(escaped).join(".*")}$`, "u").test(line);
}

function sameLines(expected: readonly string[], text: string): boolean {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  if (expected.at(-1) === "…") {
    return expected.slice(0, -1).every((wanted, index) => fits(wanted, lines[index] ?? ""));
  }
  return (
    lines.length === expected.length &&
    expected.every((wanted, index) => fits(wanted, lines[index] ?? ""))
  );
}

/** What happened, in the form of a scenario; undefined when it is what was expected. */
export function mismatch(step: ScenarioStep, result: StepResult): string | undefined {
  const good =
    result.code === step.code &&
    sameLines(step.stdout, result.stdout) &&
    sameLines(step.stderr, result.stderr);
  if (good) return undefined;
  const marked = (mark: string, text: string) =>
    text === ""
      ? []
      : text
          .replace(/\n$/, "")
          .split("\n")
          .map((line) => `${mark} ${line}`);
  const happened = [
    ...marked(">", result.stdout),
    ...marked("!", result.stderr),
    `? ${result.code}`,
  ];
  return `line ${step.line}: $ ${step.words.join(" ")}\nwhat happened:\n${happened.join("\n")}`;
}
