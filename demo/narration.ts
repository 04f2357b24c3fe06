/** What the demo says, and how it finds out that a step did what it should. */
import type { Ended } from "./programs.ts";

const bold = (text: string) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
const dim = (text: string) => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[0m` : text);

/** A line of its own. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The headline of a step. */
export function step(text: string): void {
  say(`\n${bold(text)}`);
}

/** What a program printed, set back. */
export function quote(text: string): void {
  for (const line of text.trimEnd().split("\n")) say(dim(`    ${line}`));
}

/** Throws unless the condition holds: a demo that did not show what it says has failed. */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`this did not hold: ${what}`);
  say(`  \u2713 ${what}`);
}

/** The program's output, once it ended with the expected exit code. */
export function expectExit(ended: Ended, code: number, what: string): string {
  if (ended.code === code) return ended.stdout;
  quote(`${ended.stdout}${ended.stderr}`);
  throw new Error(`${what} ended with exit code ${ended.code} instead of ${code}`);
}
