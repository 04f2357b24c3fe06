/** Making a working folder: keys, the first metadata of the four roles, settings. */
import { basename, dirname, join, relative, resolve } from "node:path";
import { makeDirDurable, removeTree, writeFileDurable } from "../../host/durable.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { type Signer, signEnvelope } from "../../protocol/tuf/sign.ts";
import type { Root, Signed, Targets } from "../../protocol/tuf/types.ts";
import { checkKeysAreNew, createKey, type NamedKey } from "../keys/key-store.ts";
import type { Passphrases } from "../keys/passphrases.ts";
import { type Layout, layoutOf, modes } from "../workspace/layout.ts";
import { exists, type Ports } from "../workspace/publisher.ts";
import {
  defaultExpiryDays,
  expiryOf,
  type Settings,
  writeSettings,
} from "../workspace/settings.ts";
import { metaFileOf, nextSnapshot, nextTimestamp } from "./next-metadata.ts";
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

const onlineRoles = ["targets", "snapshot", "timestamp"] as const;
type OnlineRole = (typeof onlineRoles)[number];
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

async function checkFree({ fs }: Ports, dir: string): Promise<void> {
  if (!(await exists(fs, dir))) return;
  const stat = await fs.stat(dir);
  if (stat.kind === "directory" && (await fs.readdir(dir)).length === 0) return;
  throw new VouchsafeError("usage.input", `${dir} exists and is not an empty folder.`);
}

/** Root version 1, and a top-level targets that lists nothing. */
function firstRoles(
  now: Date,
  roots: readonly Signer[],
  others: Readonly<Record<OnlineRole, Signer>>,
  rootThreshold: number,
): { readonly root: Root; readonly targets: Targets } {
  const expires = (role: "root" | "targets") =>
    expiryOf({ expiryDays: defaultExpiryDays }, role, now);
  const one = ({ key }: Signer) => ({ keyIds: [key.keyId], threshold: 1 });
  const all = [...roots, ...Object.values(others)];
  const root: Root = {
    type: "root",
    version: 1,
    extra: {},
    expires: expires("root"),
    consistentSnapshot: true,
    keys: new Map(all.map(({ key }) => [key.keyId, key] as const)),
    roles: {
      root: { keyIds: roots.map(({ key }) => key.keyId), threshold: rootThreshold },
      targets: one(others.targets),
      snapshot: one(others.snapshot),
      timestamp: one(others.timestamp),
    },
  };
  const targets: Targets = {
    type: "targets",
    version: 1,
    extra: {},
    expires: expires("targets"),
    targets: new Map(),
    delegations: { keys: new Map(), roles: [] },
  };
  return { root, targets };
}

/** The four first metadata files by name. */
async function firstMetadata(
  now: Date,
  roots: readonly Signer[],
  others: Readonly<Record<OnlineRole, Signer>>,
  rootThreshold: number,
): Promise<ReadonlyMap<string, Buffer>> {
  const { root, targets } = firstRoles(now, roots, others, rootThreshold);
  const expires = (role: "snapshot" | "timestamp") =>
    expiryOf({ expiryDays: defaultExpiryDays }, role, now);
  const sign = (signed: Signed, ...signers: Signer[]) =>
    signEnvelope(encodeSigned(signed), signers);
  const targetsBytes = await sign(targets, others.targets);
  const targetsFile = { role: "targets", version: 1, bytes: targetsBytes };
  const none = { version: 0, meta: new Map(), extra: {} };
  const snapshot = nextSnapshot(none, [targetsFile], expires("snapshot"));
  const snapshotBytes = await sign(snapshot, others.snapshot);
  const listed = metaFileOf({ version: 1, bytes: snapshotBytes });
  const timestamp = nextTimestamp(0, listed, expires("timestamp"));
  return new Map([
    ["1.root.json", await sign(root, ...roots)],
    ["1.targets.json", targetsBytes],
    ["1.snapshot.json", snapshotBytes],
    ["timestamp.json", await sign(timestamp, others.timestamp)],
  ]);
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

/**
 * Makes a repository with new keys: root-1 to root-N, targets, snapshot, timestamp.
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
  await checkFree(ports, layout.dir);
  const rootNames = Array.from({ length: request.rootKeys }, (_, index) => `root-${index + 1}`);
  await checkKeysAreNew(fs, keysDir, [...rootNames, ...onlineRoles]);
  const keys: NamedKey[] = [];
  const make = async (name: string): Promise<Signer> => {
    const passphrase = await passphrases.forNewKey(name);
    const { signer, ...made } = await createKey(fs, keysDir, name, passphrase);
    keys.push(made);
    return signer;
  };
  const roots: Signer[] = [];
  for (const name of rootNames) roots.push(await make(name));
  const others = {
    targets: await make("targets"),
    snapshot: await make("snapshot"),
    timestamp: await make("timestamp"),
  };
  const metadata = await firstMetadata(clock.now(), roots, others, request.rootThreshold);
  const repository = sha256(metadata.get("1.root.json") ?? "");
  await writeFolder(ports, layout.dir, metadata, {
    format: 1,
    repository,
    keys: relative(layout.dir, keysDir),
    expiryDays: defaultExpiryDays,
  });
  return { layout, repository, keys };
}
