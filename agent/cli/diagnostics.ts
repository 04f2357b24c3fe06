/**
 * `diagnostics`: one redacted archive for a ticket. The doctor looks as a child, which works as the
 * service's user; this process stays who it was, so that it can write where the caller can. It
 * writes nothing but the archive.
 */
import { dirname, resolve } from "node:path";
import { formatBytes } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { lstatIfExists, writeFileDurable } from "../../host/durable.ts";
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";
import { toVouchsafeError, VouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig } from "../config/types.ts";
import { makeArchive } from "../doctor/diagnostics/archive.ts";
import { makeRedactor } from "../doctor/diagnostics/redact.ts";
import { knownSecrets } from "../doctor/diagnostics/secrets.ts";
import { partsOf } from "./diagnostic-parts.ts";
import { readConfig } from "./open-config.ts";

/** Only who asks for it may read it. */
const archiveMode = 0o600;

async function checkDestination(fs: FileSystem, file: string): Promise<void> {
  if ((await lstatIfExists(fs, file)) !== undefined) {
    throw new VouchsafeError("usage.input", `${file} exists already; it is not overwritten.`);
  }
  if ((await lstatIfExists(fs, dirname(file))) === undefined) {
    throw new VouchsafeError("usage.input", `The folder ${dirname(file)} does not exist.`);
  }
}

/** A configuration that is wrong is itself worth a ticket. */
async function configOrProblem(context: CliContext): Promise<AgentConfig | VouchsafeError> {
  try {
    return await readConfig(context);
  } catch (error) {
    return toVouchsafeError(error);
  }
}

export async function run(context: CliContext): Promise<number> {
  const { out, options, env, clock, program } = context;
  const fs = nodeFileSystem;
  const file = resolve(options.need("output"));
  await checkDestination(fs, file);
  const found = await configOrProblem(context);
  const config = found instanceof VouchsafeError ? undefined : found;
  const redact = makeRedactor(await knownSecrets(fs, env, config));
  const head = [
    `Diagnostics of ${program.name} ${program.version.version} (${program.version.commit})`,
    `made at ${clock.now().toISOString()}`,
  ];
  const { bytes, parts } = await makeArchive(partsOf(context, found), redact, head);
  await writeFileDurable(fs, file, bytes, { mode: archiveMode, exclusive: true });
  const redacted = parts.flatMap(({ counts }) => [...counts.values()]).reduce((a, b) => a + b, 0);
  const names = parts.map(({ name }) => name);
  out.json({ result: "done", file, bytes: bytes.length, parts: names, redacted });
  out.line(
    `${file}: ${parts.length} parts, ${formatBytes(bytes.length)}; ${redacted} secrets were taken out.`,
  );
  out.line("Look at its MANIFEST.txt before you send it.");
  return 0;
}
