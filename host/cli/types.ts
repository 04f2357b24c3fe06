/**
 * The command line as data: a Program lists its Verbs, a Verb its options. Help, the manual, man
 * pages and shell completion are generated from these values.
 */
import type { Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import type { SecretInput } from "../secrets.ts";
import type { VersionInfo } from "../version.ts";
import type { Output } from "./output.ts";

/** One option, `--name`. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly summary: string;
  /** One letter, for `-x`. */
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Must be given. */
  readonly required?: boolean;
  /** How the value is called in help: "DIR". Completion knows some of these words (completion/source.ts). */
  readonly value?: string;
  /** What completion offers for the value; the verb itself refuses others. */
  readonly choices?: readonly string[];
  /** An environment variable that counts when the option is not given. */
  readonly env?: string;
}

/** An argument without a name. */
export interface PositionalSpec {
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  /** Takes all that remain; only for the last. */
  readonly many?: boolean;
  /** What completion offers for it; the verb itself refuses others. */
  readonly choices?: readonly string[];
}

/** A file, folder or environment variable of a program, and what it is for. */
export interface PlaceSpec {
  readonly name: string;
  readonly summary: string;
}

/** An exit code and what it means for a program or verb. */
export interface ExitCodeSpec {
  readonly code: number;
  readonly meaning: string;
}

/** What a verb does; returns the exit code. */
export type RunVerb = (context: CliContext) => Promise<number>;

/** The code of a verb. */
export interface VerbModule {
  readonly run: RunVerb;
  /** The JSON document for an error, if it is to be another than `{result, error}`. */
  readonly failure?: (error: unknown) => unknown;
}

interface VerbDescription {
  /** One or two words: "update", "key new". */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Paragraphs for the manual. */
  readonly description?: string;
  /** Replaces the generated usage line (what follows the program's name). */
  readonly usage?: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Whole command lines. */
  readonly examples?: readonly string[];
  /** Only what differs from the program's. */
  readonly exitCodes?: readonly ExitCodeSpec[];
}

/** A verb: its code is given, or loaded when it is called. */
export type Verb = VerbDescription &
  (
    | (VerbModule & { readonly load?: never })
    | {
        readonly load: () => Promise<VerbModule>;
        readonly run?: never;
        readonly failure?: never;
      }
  );

/** A program. */
export interface Program {
  /** "vouchsafe-agent" */
  readonly name: string;
  /** Names under which packages link to it; completion works for them, too. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly verbs: readonly Verb[];
  readonly version: VersionInfo;
  /** Defaults to `standardExitCodes`. */
  readonly exitCodes?: readonly ExitCodeSpec[];
  /** Files and folders that it reads and keeps, for the manual. */
  readonly files?: readonly PlaceSpec[];
  /** Environment variables, but for those of single options. */
  readonly environment?: readonly PlaceSpec[];
  /** By the word of a positional, the verb that prints all it may be, one a line, for completion. */
  readonly listedBy?: Readonly<Record<string, string>>;
}

/** The value of an option as it was given. */
export type OptionValue = string | boolean | readonly string[] | undefined;

/** The options of a call. Asking for an option that the verb does not list is a fault. */
export interface Options {
  readonly values: Readonly<Record<string, OptionValue>>;
  /** A string option; undefined if it was not given. */
  str(name: string): string | undefined;
  /** A string option that must be given: usage.arguments if it is not. */
  need(name: string): string;
  flag(name: string): boolean;
  /** All values of an option that may be given several times. */
  list(name: string): readonly string[];
}

/** The process, as far as the frame touches it. */
export interface CliIo {
  readonly stdin: SecretInput;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether standard error is a terminal: progress is shown only there. */
  readonly stderrIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborted by SIGINT or SIGTERM with a reason made by `interruption`. */
  readonly signal: AbortSignal;
}

/** What a verb gets. It may be passed to `readSecret` as it is. */
export interface CliContext {
  readonly program: Program;
  readonly verb: Verb;
  readonly options: Options;
  readonly positionals: readonly string[];
  readonly out: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: SecretInput;
  readonly stderr: Writable;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Options of every verb of every program. */
export const globalOptions = {
  config: { type: "string", value: "FILE", summary: "Read the configuration from FILE" },
  json: { type: "boolean", summary: "Print one JSON document on standard output" },
  quiet: { type: "boolean", short: "q", summary: "Print only errors" },
  verbose: { type: "boolean", short: "v", summary: "Tell more on standard error" },
  version: { type: "boolean", summary: "Print the version" },
  help: { type: "boolean", short: "h", summary: "Print this help" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** Exit codes of every program. */
export const standardExitCodes: readonly ExitCodeSpec[] = [
  { code: 0, meaning: "done, or already current" },
  { code: 1, meaning: "a fault in the program" },
  { code: 2, meaning: "usage or configuration" },
  { code: 3, meaning: "trust: something is not what was signed" },
  { code: 4, meaning: "network or repository" },
  { code: 5, meaning: "disk" },
  { code: 6, meaning: "the trial or the confirmation failed; reverted" },
  { code: 7, meaning: "busy: another process works on the same state" },
  { code: 8, meaning: "nothing done, by policy" },
  { code: 130, meaning: "interrupted (143 by SIGTERM)" },
];
