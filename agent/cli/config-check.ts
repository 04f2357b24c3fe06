/** `config check`: the configuration, and whether the files that it names are there. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { CliContext } from "../../host/cli/types.ts";
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig, ConsumerConfig } from "../config/types.ts";
import { readConfig } from "./open-config.ts";

/** A file that a key names. */
interface NamedFile {
  readonly key: string;
  readonly path: string;
  readonly kind: "file" | "program";
}

function namedFiles(config: AgentConfig): NamedFile[] {
  const files: NamedFile[] = [
    { key: "repository.root", path: config.repository.root, kind: "file" },
  ];
  const { ca } = config.transfer;
  if (ca !== undefined) files.push({ key: "transfer.ca", path: ca, kind: "file" });
  const consoleCa = config.console?.ca;
  if (consoleCa !== undefined) files.push({ key: "console.ca", path: consoleCa, kind: "file" });
  for (const [name, { consumer }] of config.databases) {
    for (const { key, ...file } of filesOfConsumer(consumer)) {
      files.push({ key: `databases.${name}.consumer.${key}`, ...file });
    }
  }
  return files;
}

function filesOfConsumer(consumer: ConsumerConfig): NamedFile[] {
  switch (consumer.type) {
    case "none":
      return [];
    case "command":
      return (["trial", "reload", "confirm"] as const).flatMap((key) => {
        const path = consumer[key]?.[0];
        return path === undefined ? [] : [{ key, path, kind: "program" as const }];
      });
    case "clamav": {
      const { infected, clean } = consumer.samples;
      const samples = [...infected, ...clean];
      return [
        { key: "clamscan", path: consumer.clamscan, kind: "program" },
        ...samples.map((path) => ({ key: "samples", path, kind: "file" as const })),
      ];
    }
    case "suricata":
      return [
        { key: "suricata", path: consumer.suricata, kind: "program" },
        { key: "config", path: consumer.config, kind: "file" },
      ];
  }
}

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

export async function run(context: CliContext): Promise<number> {
  const config = await readConfig(context);
  for (const file of namedFiles(config)) {
    const problem = await problemOf(nodeFileSystem, file);
    if (problem === undefined) continue;
    const message = `${config.path}: "${file.key}": ${file.path} ${problem}.`;
    throw new VouchsafeError("config.invalid", message, { details: { key: file.key } });
  }
  context.out.json({
    result: "done",
    config: config.path,
    databases: [...config.databases.keys()],
  });
  context.out.line(`${config.path} is good: ${[...config.databases.keys()].join(", ")}.`);
  return 0;
}
