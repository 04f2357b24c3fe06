/**
 * How this program starts itself again for a child: it may be one executable, a bundle run by
 * node, or the source run by node. Nothing of it can be set from outside.
 */
import process from "node:process";
import { isSea } from "node:sea";

/** A program and the arguments that must come first. */
export interface SelfCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** What the process knows of itself. */
export interface SelfFacts {
  /** Path of the running executable. */
  readonly execPath: string;
  /** Path of the script that node runs (`process.argv[1]`). */
  readonly script: string | undefined;
  /** Whether the program lies inside the executable. */
  readonly embedded: boolean;
}

/** The command: pure. */
export function selfCommand({ execPath, script, embedded }: SelfFacts): SelfCommand {
  if (embedded || script === undefined) return { program: execPath, args: [] };
  return { program: execPath, args: [script] };
}

/** The running process. */
export function selfFacts(): SelfFacts {
  return { execPath: process.execPath, script: process.argv[1], embedded: isSea() };
}
