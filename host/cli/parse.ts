/**
 * The command line, from words to a call: which verb, which options, which positionals. Pure; the
 * words are taken apart by node:util, what they mean is decided here.
 */
import { parseArgs } from "node:util";
import { VouchsafeError } from "../../protocol/errors.ts";
import { suggestion } from "./nearest.ts";
import {
  globalOptions,
  type OptionSpec,
  type OptionValue,
  type Program,
  type Verb,
} from "./types.ts";

/** What a command line asks for. */
export type Call =
  | { readonly kind: "version"; readonly json: boolean }
  | { readonly kind: "help"; readonly verb: Verb | undefined; readonly json: boolean }
  | {
      readonly kind: "run";
      readonly verb: Verb;
      readonly values: Readonly<Record<string, OptionValue>>;
      readonly positionals: readonly string[];
    };

type Specs = Readonly<Record<string, OptionSpec>>;
type Env = Readonly<Record<string, string | undefined>>;

function usageError(message: string): VouchsafeError {
  return new VouchsafeError("usage.arguments", message);
}

/** Whether the words ask for JSON, even if they are no valid command line otherwise. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

interface Words {
  /** Indexes into argv of the words that are neither options nor their values. */
  readonly free: readonly number[];
}

/** Finds the words that may name a verb: global options may stand before it. */
function freeWords(argv: readonly string[]): Words {
  const free: number[] = [];
  for (let index = 0; index < argv.length && free.length < 2; index++) {
    const word = argv[index] ?? "";
    if (word === "--") break;
    if (word === "--config") index += 1;
    else if (!word.startsWith("-") || word === "-") free.push(index);
    else if (free.length === 1) break;
  }
  return { free };
}

interface FoundVerb {
  readonly verb: Verb;
  readonly rest: readonly string[];
}

function findVerb(program: Program, argv: readonly string[]): FoundVerb | undefined {
  const { free } = freeWords(argv);
  for (const count of [2, 1]) {
    const used = free.slice(0, count);
    if (used.length < count) continue;
    const name = used.map((index) => argv[index]).join(" ");
    const verb = program.verbs.find((candidate) => candidate.name === name);
    if (verb !== undefined) return { verb, rest: argv.filter((_, index) => !used.includes(index)) };
  }
  return undefined;
}

function unknownVerb(program: Program, argv: readonly string[]): VouchsafeError {
  const words = freeWords(argv).free.map((index) => argv[index] ?? "");
  const [first] = words;
  if (first === undefined) return usageError("No command is given.");
  const names = program.verbs.map(({ name }) => name);
  const group = names.filter((name) => name.startsWith(`${first} `));
  if (group.length > 0) {
    const meant = words.length > 1 ? suggestion(words.join(" "), group) : "";
    return usageError(
      `"${first}" takes one of: ${group.map((n) => n.split(" ")[1]).join(", ")}.${meant}`,
    );
  }
  return usageError(`There is no command "${first}".${suggestion(first, names)}`);
}

function findShort(specs: Specs, letter: string): string | undefined {
  return Object.keys(specs).find((name) => specs[name]?.short === letter);
}

interface Parsed {
  readonly given: Map<string, (string | true)[]>;
  readonly positionals: string[];
}

/** Takes the words apart; every option must be known and have the value it needs. */
function takeApart(words: readonly string[], specs: Specs): Parsed {
  const shorts = Object.entries(specs).map(([name, { type, short }]) => [
    name,
    { type, ...(short === undefined ? {} : { short }) },
  ]);
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(shorts),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, (string | true)[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { rawName } = token;
    const long = rawName.startsWith("--");
    const name = long ? token.name : (findShort(specs, rawName.slice(1)) ?? token.name);
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined || (!long && spec.short !== rawName.slice(1))) {
      const meant = long ? suggestion(name, Object.keys(specs)).replace('"', '"--') : "";
      throw usageError(`There is no option "${rawName}".${meant}`);
    }
    const values = given.get(name) ?? [];
    if (values.length > 0 && spec.multiple !== true && spec.type === "string") {
      throw usageError(`The option "--${name}" is given twice.`);
    }
    values.push(valueOf(name, spec, token.value, token.inlineValue === true));
    given.set(name, values);
  }
  return { given, positionals };
}

function valueOf(
  name: string,
  spec: OptionSpec,
  value: string | undefined,
  inline: boolean,
): string | true {
  if (spec.type === "boolean") {
    if (value !== undefined) throw usageError(`The option "--${name}" takes no value.`);
    return true;
  }
  if (value === undefined || (!inline && value.startsWith("-") && value !== "-")) {
    throw usageError(`The option "--${name}" needs a value: --${name}=${spec.value ?? "VALUE"}.`);
  }
  return value;
}

function settle(parsed: Parsed, specs: Specs, env: Env): Record<string, OptionValue> {
  const entries = Object.entries(specs).map(([name, spec]): [string, OptionValue] => {
    const given = parsed.given.get(name);
    const fromEnv = spec.env === undefined ? undefined : env[spec.env];
    if (spec.type === "boolean") return [name, given !== undefined || fromEnv === "1"];
    const values = given ?? (fromEnv === undefined || fromEnv === "" ? [] : [fromEnv]);
    const strings = values.filter((value) => value !== true);
    return [name, spec.multiple === true ? strings : strings[0]];
  });
  return Object.fromEntries(entries);
}

function checkComplete(
  verb: Verb,
  values: Readonly<Record<string, OptionValue>>,
  found: number,
): void {
  for (const [name, spec] of Object.entries(verb.options)) {
    const value = values[name];
    const absent = value === undefined || (Array.isArray(value) && value.length === 0);
    if (spec.required === true && absent) {
      throw usageError(`"${verb.name}" needs the option --${name} ${spec.value ?? "VALUE"}.`);
    }
  }
  const missing = verb.positionals[found];
  if (missing?.required === true) throw usageError(`"${verb.name}" needs ${missing.name}.`);
}

/**
 * Reads a command line.
 * @throws VouchsafeError usage.arguments, naming the nearest known verb or option
 */
export function parseCommandLine(program: Program, argv: readonly string[], env: Env): Call {
  const json = wantsJson(argv);
  const asksHelp = argv[0] === "help";
  const words = asksHelp ? argv.slice(1) : argv;
  const found = findVerb(program, words);
  if (found === undefined) {
    if (freeWords(words).free.length > 0) throw unknownVerb(program, words);
    const { given } = takeApart(words, globalOptions);
    if (asksHelp || given.has("help")) return { kind: "help", verb: undefined, json };
    if (given.has("version")) return { kind: "version", json };
    throw unknownVerb(program, words);
  }
  const { verb, rest } = found;
  const specs: Specs = { ...globalOptions, ...verb.options };
  const parsed = takeApart(rest, specs);
  if (asksHelp || parsed.given.has("help")) return { kind: "help", verb, json };
  if (parsed.given.has("version")) return { kind: "version", json };
  const { positionals } = parsed;
  const takesMany = verb.positionals.at(-1)?.many === true;
  if (!takesMany && positionals.length > verb.positionals.length) {
    const extra = positionals[verb.positionals.length] ?? "";
    throw usageError(`"${verb.name}" does not take "${extra}".`);
  }
  const values = settle(parsed, specs, env);
  checkComplete(verb, values, positionals.length);
  return { kind: "run", verb, values, positionals };
}
