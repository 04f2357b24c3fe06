/**
 * What a program prints. Standard output carries the result: lines for a person, or with `--json`
 * exactly one document. Everything else goes to standard error.
 */
import type { Writable } from "node:stream";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { Clock } from "../clock.ts";
import { printable } from "./format.ts";
import { makeProgress, type Progress } from "./progress.ts";

/** The ways a verb may speak. */
export interface Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** The result as a document; printed only with `--json`. Once for a call. */
  json(document: unknown): void;
  /** The result as a line for a person; not with `--json` or `--quiet`. */
  line(text: string): void;
  /** A remark on standard error; not with `--quiet`. */
  note(text: string): void;
  /** A remark on standard error, only with `--verbose`. */
  detail(text: string): void;
  /** A warning on standard error. */
  warn(text: string): void;
  /** Progress on a terminal; elsewhere it does nothing. */
  progress(label: string): Progress;
}

/** What an output is made from. */
export interface OutputOptions {
  readonly program: string;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stderrIsTerminal: boolean;
  readonly clock: Clock;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** An output that knows whether its document was printed. */
export interface TrackedOutput extends Output {
  documentPrinted(): boolean;
}

/** Makes the output of one call. */
export function makeOutput(options: OutputOptions): TrackedOutput {
  const { stdout, stderr, quiet } = options;
  let printed = false;
  const tell = (text: string): void => void stderr.write(`${printable(text)}\n`);
  return {
    isJson: options.json,
    isQuiet: quiet,
    isVerbose: options.verbose,
    documentPrinted: () => printed,
    json: (document) => {
      if (!options.json) return;
      if (printed) throw new VouchsafeError("internal.unexpected", "A second JSON document.");
      const text = JSON.stringify(document, undefined, 2);
      printed = true;
      stdout.write(`${text}\n`);
    },
    line: (text) => {
      if (!options.json && !quiet) stdout.write(`${printable(text)}\n`);
    },
    note: (text) => {
      if (!quiet) tell(text);
    },
    detail: (text) => {
      if (options.verbose) tell(text);
    },
    warn: (text) => tell(`${options.program}: warning: ${text}`),
    progress: (label) =>
      makeProgress(label, {
        stream: stderr,
        clock: options.clock,
        shown: options.stderrIsTerminal && !quiet,
      }),
  };
}
