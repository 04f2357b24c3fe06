/**
 * A first configuration from a handful of values, as an installer has them: bootstrap root, token and
 * agent.yaml, in this order, so that there is a configuration only when all that it names is there.
 * One that is there already is never touched.
 */
import { dirname, join } from "node:path";
import {
  lstatIfExists,
  readFileBounded,
  readFileIfExists,
  writeFileDurable,
} from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { isEnrolmentToken } from "../../protocol/report/enrolment.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import type { DefaultPlaces } from "../config/defaults.ts";
import { firstConfigText } from "../config/first-config.ts";
import { parseAgentConfig } from "../config/load.ts";
import { bootstrap, repositoryOf } from "../trust/restore.ts";
import { readSecretFile } from "./network.ts";

/** The values; paths are of files to copy. */
export interface FirstValues {
  readonly repository: string;
  readonly databases: readonly string[];
  /** Without it, root.json must lie there already. */
  readonly rootFile?: string;
  readonly console?: string;
  readonly tokenFile?: string;
}

/** What writing it needs of the world. */
export interface FirstPorts {
  readonly fs: FileSystem;
  readonly places: DefaultPlaces;
  /** Makes the folder of the configuration, and closes it to others. */
  readonly secureFolder: (folder: string) => Promise<void>;
}

const rootMode = 0o644;
const privateMode = 0o600;

async function readToken(fs: FileSystem, path: string): Promise<string> {
  const token = (await readSecretFile(fs, path)).trim();
  if (isEnrolmentToken(token)) return token;
  throw new VouchsafeError("usage.input", `What ${path} holds is no enrolment token (vst_…).`);
}

function checkRoot(bytes: Buffer): Buffer {
  repositoryOf(bytes, bootstrap(bytes).set.root);
  return bytes;
}

/** The root to write; undefined if the one that is there is right. */
async function rootToWrite(
  fs: FileSystem,
  path: string,
  given: Buffer | undefined,
): Promise<Buffer | undefined> {
  const there = await readFileIfExists(fs, path, limits.rootBytes);
  if (there === undefined && given !== undefined) return given;
  if (there === undefined) {
    const message = `A bootstrap root is needed: name the vendor's root.json, or put it at ${path}.`;
    throw new VouchsafeError("trust.root", message, { details: { path } });
  }
  checkRoot(there);
  if (given === undefined || given.equals(there)) return undefined;
  const message = `${path} is another root than the one that was given: remove the wrong one.`;
  throw new VouchsafeError("trust.root", message, { details: { path } });
}

/**
 * Writes root.json, the token and agent.yaml.
 *
 * @returns whether there was none before
 * @throws VouchsafeError `usage.input`, `config.invalid`, `trust.root`, `secret.unavailable`,
 *   `disk.*`; then there is no agent.yaml
 */
export async function writeFirstConfiguration(
  { fs, places, secureFolder }: FirstPorts,
  values: FirstValues,
): Promise<boolean> {
  if ((await lstatIfExists(fs, places.config)) !== undefined) return false;
  const folder = dirname(places.config);
  const { repository, databases, rootFile, console: url, tokenFile } = values;
  if (url === undefined && tokenFile !== undefined) {
    throw new VouchsafeError("usage.input", "A token was given, but no console to use it with.");
  }
  const token = tokenFile === undefined ? undefined : await readToken(fs, tokenFile);
  const tokenPath = join(folder, "enrolment-token");
  const text = firstConfigText({
    repository,
    databases,
    ...(url === undefined ? {} : { console: { url, ...(token && { tokenFile: tokenPath }) } }),
    logFile: join(folder, "agent.log"),
  });
  const config = Buffer.from(text);
  await parseAgentConfig("the values that were given", config, places);
  const given = rootFile && checkRoot(await readFileBounded(fs, rootFile, limits.rootBytes));

  await secureFolder(folder);
  const root = await rootToWrite(fs, places.root, given || undefined);
  if (root !== undefined) await writeFileDurable(fs, places.root, root, { mode: rootMode });
  if (token !== undefined) {
    await writeFileDurable(fs, tokenPath, Buffer.from(`${token}\n`), { mode: privateMode });
  }
  await writeFileDurable(fs, places.config, config, { mode: privateMode, exclusive: true });
  return true;
}
