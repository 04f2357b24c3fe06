/**
 * Loading a configuration: the file, the drop-ins beside it in name order, one schema over the
 * whole. Whatever is wrong is told in one sentence with file and line.
 */
import { join } from "node:path";
import en from "zod/v4/locales/en.js";
import { type core, safeParse } from "zod/mini";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import { diskError } from "../disk-error.ts";
import type { FileSystem } from "../file-system.ts";
import { type ConfigProblem, explainIssue } from "./explain.ts";
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

/** Names the file that says it: the last one that has the key, for later files win. */
function tell(sources: readonly ConfigSource[], { keys, message }: ConfigProblem, more: number) {
  const source = sources.findLast((candidate) => candidate.line(keys) !== undefined);
  const line = source?.line(keys);
  const where = source === undefined ? (sources[0]?.path ?? "") : `${source.path}:${line}`;
  const others = more === 0 ? "" : `; ${more} more like this`;
  return new VouchsafeError("config.invalid", `${where}: ${message}${others}.`, {
    details: { key: keys.map(String).join(".") },
  });
}

/** Validates sources that were read already. */
export function validateConfig<Schema extends core.$ZodType>(
  sources: readonly ConfigSource[],
  schema: Schema,
): core.output<Schema> {
  const merged = sources.map(({ value }) => value).reduce(mergeConfig, {});
  const result = safeParse(schema, merged, { error: en().localeError });
  if (result.success) return result.data;
  const [first] = result.error.issues;
  if (first === undefined)
    throw new VouchsafeError("config.invalid", "The configuration is wrong.");
  throw tell(sources, explainIssue(schema, first), result.error.issues.length - 1);
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
  const sources: ConfigSource[] = [];
  for (const file of [path, ...(await dropInPaths(fs, places.dropInDir))]) {
    const source = await readConfigSource(fs, file);
    if (source !== undefined) sources.push(source);
    else if (file === path) {
      throw new VouchsafeError("config.missing", `The configuration ${path} does not exist.`);
    }
  }
  return validateConfig(sources, schema);
}
