/**
 * Loading a configuration: the file, the drop-ins beside it in name order, one schema over the
 * whole. Whatever is wrong is told in one sentence with file and line.
 */
import { join } from "node:path";
import { type core, safeParse } from "zod/mini";
import en from "zod/v4/locales/en.js";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import { diskError } from "../disk-error.ts";
import type { FileSystem } from "../file-system.ts";
import { type ConfigProblem, explainIssues } from "./explain.ts";
import { mergeConfig } from "./merge.ts";
import { type ConfigSource, readConfigSource } from "./source.ts";

/** Where else configuration lies. */
export interface ConfigPlaces {
  /** A folder whose `*.yaml` files are merged over the main file in name order. */
  readonly dropInDir?: string;
}

const maxDropIns = 100;

async function dropInPaths(fs: FileSystem, dir: string | undefined): Promise<string[]> {
  if (dir === undefined) return [];
  try {
    const names = (await fs.readdir(dir)).filter((name) => /^[^.].*\.ya?ml$/.test(name));
    if (names.length > maxDropIns) {
      throw new VouchsafeError("config.invalid", `${dir} holds more than ${maxDropIns} files.`);
    }
    return names.toSorted().map((name) => join(dir, name));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw diskError("read", dir, error);
  }
}

/**
 * File and line of a key: of the last file that has it, for later files win; for a key that is
 * missing, of the map it should be in.
 */
export function placeOf(sources: readonly ConfigSource[], keys: readonly PropertyKey[]): string {
  for (let depth = keys.length; depth > 0; depth--) {
    const part = keys.slice(0, depth);
    const source = sources.findLast((candidate) => candidate.line(part) !== undefined);
    if (source !== undefined) return `${source.path}:${source.line(part)}`;
  }
  return sources[0]?.path ?? "";
}

function tell(sources: readonly ConfigSource[], { keys, message }: ConfigProblem, more: number) {
  const others = more === 0 ? "" : `; ${more} more like this`;
  const text = `${placeOf(sources, keys)}: ${message}${others}.`;
  return new VouchsafeError("config.invalid", text, {
    details: { key: keys.map(String).join(".") },
  });
}

/** The files of a configuration laid over each other, unvalidated. */
export function mergedValue(sources: readonly ConfigSource[]): unknown {
  return sources.map(({ value }) => value).reduce(mergeConfig, {});
}

/** Validates sources that were read already. */
export function validateConfig<Schema extends core.$ZodType>(
  sources: readonly ConfigSource[],
  schema: Schema,
): core.output<Schema> {
  const result = safeParse(schema, mergedValue(sources), { error: en().localeError });
  if (result.success) return result.data;
  const { issues } = result.error;
  throw tell(sources, explainIssues(schema, issues), issues.length - 1);
}

/**
 * Reads the files of a configuration in the order in which they count, unvalidated.
 * @throws VouchsafeError config.missing, config.syntax, disk.*
 */
export async function readConfigSources(
  fs: FileSystem,
  path: string,
  places: ConfigPlaces = {},
): Promise<ConfigSource[]> {
  const sources: ConfigSource[] = [];
  for (const file of [path, ...(await dropInPaths(fs, places.dropInDir))]) {
    const source = await readConfigSource(fs, file);
    if (source !== undefined) sources.push(source);
    else if (file === path) {
      throw new VouchsafeError("config.missing", `The configuration ${path} does not exist.`);
    }
  }
  return sources;
}

/**
 * Loads a configuration.
 * @throws VouchsafeError config.missing, config.syntax, config.invalid, disk.*
 */
export async function loadYamlConfig<Schema extends core.$ZodType>(
  fs: FileSystem,
  path: string,
  schema: Schema,
  places: ConfigPlaces = {},
): Promise<core.output<Schema>> {
  return validateConfig(await readConfigSources(fs, path, places), schema);
}
