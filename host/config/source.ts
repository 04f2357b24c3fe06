/** One configuration file: bounded, strict YAML whose lines are remembered for messages. */
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import { VouchsafeError } from "../../protocol/errors.ts";
import { readFileIfExists } from "../durable.ts";
import type { FileSystem } from "../file-system.ts";

/** Larger configuration files are refused. */
export const maxConfigBytes = 1024 * 1024;

/** A file that was read. */
export interface ConfigSource {
  readonly path: string;
  readonly value: unknown;
  /** The line (from 1) of the value at a path of keys, if this file has it. */
  line(keys: readonly PropertyKey[]): number | undefined;
}

/** Deeper nesting is no configuration, and costs the parser quadratic time. */
const maxDepth = 50;

/** An estimate that errs towards deep: brackets count wherever they stand. */
function isTooDeep(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = bracket === "[" || bracket === "{" ? open + 1 : Math.max(0, open - 1);
    if (open > maxDepth) return true;
  }
  return /(?:[-?:][ \t]+){50}/.test(text);
}

function syntaxError(path: string, line: number | undefined, why: string): VouchsafeError {
  const where = line === undefined ? path : `${path}:${line}`;
  return new VouchsafeError("config.syntax", `${where}: ${why}.`);
}

function lineOf(document: Document, lines: LineCounter, keys: readonly PropertyKey[]) {
  const node: unknown = keys.length === 0 ? document.contents : document.getIn(keys, true);
  if (!isNode(node) || !node.range) return undefined;
  return lines.linePos(node.range[0]).line;
}

/**
 * Reads a file.
 * @returns undefined if it does not exist
 * @throws VouchsafeError config.syntax, disk.*
 */
export async function readConfigSource(
  fs: FileSystem,
  path: string,
): Promise<ConfigSource | undefined> {
  const bytes = await readFileIfExists(fs, path, maxConfigBytes);
  return bytes === undefined ? undefined : parseConfigSource(path, bytes);
}

/** The same for bytes in memory. */
export function parseConfigSource(path: string, bytes: Uint8Array): ConfigSource {
  const lines = new LineCounter();
  const text = decode(path, bytes);
  if (isTooDeep(text)) throw syntaxError(path, undefined, "it is nested too deep");
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      version: "1.2",
      prettyErrors: false,
    });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) {
      const [sentence = "not valid YAML"] = problem.message.split("\n");
      throw syntaxError(path, lines.linePos(problem.pos[0]).line, sentence);
    }
    // Few aliases: none is needed, and nested ones grow without bound.
    const value: unknown = document.toJS({ maxAliasCount: 20 });
    return { path, value: value ?? {}, line: (keys) => lineOf(document, lines, keys) };
  } catch (error) {
    if (error instanceof VouchsafeError) throw error;
    throw syntaxError(path, undefined, "it is too deep or refers to itself");
  }
}

function decode(path: string, bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw syntaxError(path, undefined, "it is not UTF-8 text");
  }
  // Schemas pass over this key in silence.
  if (text.includes("__proto__")) throw syntaxError(path, undefined, '"__proto__" is no key');
  return text;
}
