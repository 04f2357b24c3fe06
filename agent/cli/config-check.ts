/** `config check`: the configuration, and whether the files that it names are there. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import process from "node:process";
import type { CliContext } from "../../host/cli/types.ts";
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import { type NamedFile, namedFiles } from "../config/named-files.ts";
import type { AgentConfig } from "../config/types.ts";
import { dropInFor, isCredential } from "../platform/linux/drop-in.ts";
import { readConfig } from "./open-config.ts";

async function problemOf(fs: FileSystem, { path, kind }: NamedFile): Promise<string | undefined> {
  try {
    if ((await fs.stat(path)).kind !== "file") return "is not a file";
    await access(path, kind === "program" ? constants.X_OK : constants.R_OK);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (errno === "ENOENT") return "does not exist";
    return kind === "program" ? `cannot be run (${errno})` : `cannot be read (${errno})`;
  }
}

/** What the operator should know that he has said: pure. */
export function relayWarnings({ relay }: Pick<AgentConfig, "relay">): readonly string[] {
  if (relay?.public !== true) return [];
  const { host, port } = relay.listen;
  return [
    `"relay.public": whoever reaches ${host} on port ${port} may read all databases of this agent; licensed data needs a token or certificates.`,
  ];
}

export async function run(context: CliContext): Promise<number> {
  const config = await readConfig(context);
  for (const file of namedFiles(config)) {
    if (isCredential(file.path) || file.kind === "spent") continue;
    const problem = await problemOf(nodeFileSystem, file);
    if (problem === undefined) continue;
    const message = `${config.path}: "${file.key}": ${file.path} ${problem}.`;
    throw new VouchsafeError("config.invalid", message, { details: { key: file.key } });
  }
  const needs = process.platform === "linux" ? dropInFor(config) : undefined;
  const warnings = [...relayWarnings(config), ...(needs?.warnings ?? [])];
  if (!context.out.isQuiet) for (const warning of warnings) context.out.warn(warning);
  context.out.json({
    result: "done",
    config: config.path,
    databases: [...config.databases.keys()],
    ...(needs === undefined ? {} : needs),
    ...(warnings.length === 0 ? {} : { warnings }),
  });
  context.out.line(`${config.path} is good: ${[...config.databases.keys()].join(", ")}.`);
  if (needs !== undefined) {
    context.out.line("Under systemd it needs a drop-in (systemctl edit vouchsafe-agent.service):");
    for (const line of needs.dropIn) context.out.line(line);
  }
  return 0;
}
