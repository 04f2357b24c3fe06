/** Making a working folder: keys, the first metadata of the four roles, settings. */
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { makeDirDurable, removeTree, writeFileDurable } from "../../host/durable.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { haltRole } from "../../protocol/release/halt.ts";
import type { Signer } from "../../protocol/tuf/sign.ts";
import {
  checkKeysAreNew,
  createKey,
  type NamedKey,
  type NewKey,
  removeKey,
} from "../keys/key-store.ts";
import type { Passphrases } from "../keys/passphrases.ts";
import { type Layout, layoutOf, modes } from "../workspace/layout.ts";
import { exists, type Ports } from "../workspace/publisher.ts";
import {
  defaultDeltaReleases,
  defaultExpiryDays,
  type Settings,
  writeSettings,
} from "../workspace/settings.ts";
import { type FirstSigners, firstMetadata, singleKeyRoles } from "./first-metadata.ts";
import { metadataPath } from "./published.ts";

/** What to make. */
export interface NewRepository {
  readonly dir: string;
  readonly keysDir: string;
  readonly rootKeys: number;
  readonly rootThreshold: number;
}

/** What was made. */
export interface CreatedRepository {
  readonly layout: Layout;
  /** SHA-256 of 1.root.json: the repository's identity. */
  readonly repository: Sha256;
  readonly keys: readonly NamedKey[];
}

const maxRootKeys = 16;

function checkRequest({ rootKeys, rootThreshold }: NewRepository): void {
  if (rootKeys < 1 || rootKeys > maxRootKeys) {
    throw new VouchsafeError("usage.input", `There can be 1 to ${maxRootKeys} root keys.`);
  }
  if (rootThreshold < 1 || rootThreshold > rootKeys) {
    const message = `The root threshold must be 1 to ${rootKeys}, the number of root keys.`;
    throw new VouchsafeError("usage.input", message);
  }
}

/** Keys never lie in the folder that proposals travel in and that a web server reads from. */
function checkKeysOutside(dir: string, keysDir: string): void {
  const [first] = relative(dir, keysDir).split(sep);
  if (first === ".." || isAbsolute(relative(dir, keysDir))) return;
  throw new VouchsafeError("usage.input", `The folder of keys must lie outside of ${dir}.`);
}

async function checkFree({ fs }: Ports, dir: string): Promise<void> {
  if (!(await exists(fs, dir))) return;
  const stat = await fs.stat(dir);
  if (stat.kind === "directory" && (await fs.readdir(dir)).length === 0) return;
  throw new VouchsafeError("usage.input", `${dir} exists and is not an empty folder.`);
}

/** Writes the folder beside its place, then moves it there whole. */
async function writeFolder(
  { fs }: Ports,
  dir: string,
  metadata: ReadonlyMap<string, Buffer>,
  settings: Settings,
): Promise<void> {
  const parent = dirname(dir);
  const building = layoutOf(join(parent, `.${basename(dir)}.init`));
  await removeTree(fs, building.dir);
  await makeDirDurable(fs, building.dir, modes.servedDir); // a web server must pass through it
  await makeDirDurable(fs, join(building.repository, "metadata"), modes.servedDir);
  await makeDirDurable(fs, join(building.repository, "targets"), modes.servedDir);
  await makeDirDurable(fs, building.proposals, modes.workDir);
  await makeDirDurable(fs, building.outbox, modes.workDir);
  for (const [name, bytes] of metadata) {
    const path = metadataPath(building.repository, name);
    await writeFileDurable(fs, path, bytes, { mode: modes.servedFile });
  }
  await writeSettings(fs, building.settings, settings);
  await fs.rename(building.dir, dir);
  await fs.syncDir(parent);
}

async function makeKeys(
  { fs }: Ports,
  dir: string,
  rootNames: readonly string[],
  passphrases: Passphrases,
  made: NewKey[],
): Promise<{ roots: readonly Signer[]; others: FirstSigners }> {
  const make = async (name: string): Promise<Signer> => {
    const key = await createKey(fs, dir, name, await passphrases.forNewKey(name));
    made.push(key);
    return key.signer;
  };
  const roots: Signer[] = [];
  for (const name of rootNames) roots.push(await make(name));
  const others = {
    targets: await make("targets"),
    snapshot: await make("snapshot"),
    timestamp: await make("timestamp"),
    halt: await make(haltRole),
  };
  return { roots, others };
}

/**
 * Makes a repository with new keys: root-1 to root-N, targets, snapshot, timestamp, halt. If it fails,
 * the keys that it made are gone again: they never signed anything that anybody saw.
 * @throws VouchsafeError usage.input, secret.unavailable, disk.*
 */
export async function createRepository(
  ports: Ports,
  request: NewRepository,
  passphrases: Passphrases,
): Promise<CreatedRepository> {
  const { fs, clock } = ports;
  const layout = layoutOf(request.dir);
  const keysDir = resolve(request.keysDir);
  checkRequest(request);
  checkKeysOutside(layout.dir, keysDir);
  await checkFree(ports, layout.dir);
  const rootNames = Array.from({ length: request.rootKeys }, (_, index) => `root-${index + 1}`);
  await checkKeysAreNew(fs, keysDir, [...rootNames, ...singleKeyRoles, haltRole]);
  const keys: NewKey[] = [];
  try {
    const { roots, others } = await makeKeys(ports, keysDir, rootNames, passphrases, keys);
    const metadata = await firstMetadata(clock.now(), roots, others, request.rootThreshold);
    const repository = sha256(metadata.get("1.root.json") ?? "");
    await writeFolder(ports, layout.dir, metadata, {
      format: 1,
      repository,
      keys: relative(layout.dir, keysDir),
      expiryDays: defaultExpiryDays,
      deltaReleases: defaultDeltaReleases,
    });
    return { layout, repository, keys };
  } catch (error) {
    for (const { name } of keys) await removeKey(fs, keysDir, name);
    throw error;
  }
}
