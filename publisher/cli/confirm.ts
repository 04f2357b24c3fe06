/** Asking a person on a terminal; where there is none, nobody is asked. */
import { createInterface } from "node:readline";
import type { CliContext } from "../../host/cli/types.ts";

/** Whether the person at the terminal says yes; true where there is no terminal. */
export async function confirm({ stdin, stderr }: CliContext, question: string): Promise<boolean> {
  if (stdin.isTTY !== true) return true;
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  stderr.write(`${question} [y/N] `);
  try {
    for await (const line of lines) return /^\s*y(es)?\s*$/i.test(line);
    return false;
  } finally {
    lines.close();
  }
}
