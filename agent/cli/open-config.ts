/** The first step of every verb: the configuration, and the user to work as. */
import process from "node:process";
import { suggestion } from "../../host/cli/nearest.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { maxConfigBytes } from "../../host/config/source.ts";
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { defaultPlaces } from "../config/defaults.ts";
import { type LoadedConfig, loadAgentConfig, parseAgentConfig } from "../config/load.ts";
import type { AgentConfig } from "../config/types.ts";
import { dropPrivileges } from "./privileges.ts";

/** `--config -`: the service hands its children what it has loaded itself. */
const standardInput = "-";

/** Where the configuration of this call lies. */
export function configPath(context: CliContext): string {
  return context.options.str("config") ?? defaultPlaces(process.platform, context.env).config;
}

async function readStandardInput(context: CliContext): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of context.stdin) {
    const bytes = Buffer.from(part);
    length += bytes.length;
    if (length > maxConfigBytes) {
      throw new VouchsafeError(
        "config.invalid",
        "The configuration on standard input is too long.",
      );
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/** Loads the configuration; changes nothing. Throws `config.*`, `disk.*`. */
export async function loadConfig(
  context: CliContext,
  fs: FileSystem = nodeFileSystem,
): Promise<LoadedConfig> {
  const places = defaultPlaces(process.platform, context.env);
  const path = configPath(context);
  if (path !== standardInput) return loadAgentConfig(fs, path, places);
  return parseAgentConfig("standard input", await readStandardInput(context), places);
}

/** The configuration alone; changes nothing. Throws as {@link loadConfig}. */
export async function readConfig(context: CliContext): Promise<AgentConfig> {
  return (await loadConfig(context)).config;
}

/** Loads the configuration, then leaves root behind if the state is the service user's. */
export async function openConfig(context: CliContext): Promise<AgentConfig> {
  const config = await readConfig(context);
  await dropPrivileges(nodeFileSystem, config.state);
  return config;
}

/** Throws `state.missing`, naming the nearest, unless every name is a configured database. */
export function checkDatabases(config: AgentConfig, names: readonly string[]): void {
  for (const name of names) {
    if (config.databases.has(name)) continue;
    const meant = suggestion(name, config.databases.keys());
    const shown = JSON.stringify(name.slice(0, 60));
    throw new VouchsafeError("state.missing", `No database ${shown} is configured.${meant}`);
  }
}
