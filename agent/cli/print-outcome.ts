/** Prints an outcome: the document, or lines on standard output and errors on standard error. */
import { printable } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import type { ShownOutcome } from "./show-outcome.ts";

export function printOutcome(
  { out, stderr }: CliContext,
  document: unknown,
  { lines, errors }: ShownOutcome,
): void {
  out.json(document);
  for (const line of lines) out.line(line);
  if (out.isJson) return;
  for (const line of errors) stderr.write(`${printable(line)}\n`);
}
