/**
 * The agent's trust code as a bare TUF client: what the conformance suite's command line asks
 * for, over the workflow, the look-up, the trusted set and the high-water marks of the product.
 * Only the places where files lie are its own: metadata under unversioned names in one folder,
 * targets in another.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { findTarget } from "../../agent/trust/lookup.ts";
import { checkMarks, encodeMarks, parseMarks, raiseMarks } from "../../agent/trust/marks.ts";
import { bootstrap, type Restored, restore } from "../../agent/trust/restore.ts";
import type { MetadataFetcher } from "../../agent/trust/types.ts";
import { type RoleSources, refreshSteps } from "../../agent/trust/workflow.ts";
import { readFileIfExists, writeFileDurable } from "../../host/durable.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { canonicalBytes } from "../../protocol/canonical.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { checkBytes } from "../../protocol/tuf/hashes.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { roleFileName } from "../../protocol/tuf/role-file.ts";
import type { Reading } from "../../protocol/tuf/trusted-set.ts";
import { type TargetFile, topLevelRoles } from "../../protocol/tuf/types.ts";

/** What a client needs from outside. */
export interface ClientPorts {
  /** Where the trusted metadata lies. */
  readonly metadataDir: string;
  readonly fetcher: MetadataFetcher;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Where targets come from and go to. */
export interface DownloadPorts {
  readonly targetDir: string;
  /** @param location below the base address of all targets */
  readonly fetchTarget: (location: string, maxBytes: number) => Promise<Buffer>;
}

const repository = "conformance";
const mode = { mode: 0o600 } as const;
const ending = ".json";
const topLevel: ReadonlySet<string> = new Set(topLevelRoles);

const fileOf = (dir: string, role: string) => join(dir, `${roleFileName(role)}${ending}`);
const marksFile = (dir: string) => join(dir, "marks");

async function readStored(dir: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of (await readdir(dir)).filter((entry) => entry.endsWith(ending))) {
    const role = decodeURIComponent(name.slice(0, -ending.length));
    const bytes = await readFileIfExists(nodeFileSystem, join(dir, name), limits.targetsBytes);
    if (bytes !== undefined) files.set(role, bytes);
  }
  return files;
}

async function load(dir: string): Promise<Restored> {
  const stored = await readStored(dir);
  const root = stored.get("root");
  if (root === undefined) throw new VouchsafeError("trust.root", "There is no trusted root.");
  const { set, files } = restore(bootstrap(root), stored);
  const delegated = [...stored].filter(([role]) => !topLevel.has(role));
  return { set, files: new Map([...delegated, ...files]) };
}

async function keep(dir: string, before: Restored, after: Restored): Promise<void> {
  for (const [role, bytes] of after.files) {
    if (before.files.get(role) === bytes) continue;
    await writeFileDurable(nodeFileSystem, fileOf(dir, role), bytes, mode);
  }
  for (const role of before.files.keys()) {
    if (!after.files.has(role)) await nodeFileSystem.unlink(fileOf(dir, role));
  }
}

const sourcesOf = ({ fetcher }: ClientPorts): RoleSources => ({
  fetcher,
  kept: async () => undefined,
});

const readingOf = ({ now }: ClientPorts): Reading => ({ now: now(), strictness: "both" });

/** `init`: takes the trusted root, if it is one. */
export async function init(metadataDir: string, root: Uint8Array): Promise<void> {
  bootstrap(root);
  await writeFileDurable(nodeFileSystem, fileOf(metadataDir, "root"), root, mode);
}

/** `refresh`: the whole client workflow; keeps every role as soon as it is accepted. */
export async function refresh(ports: ClientPorts): Promise<Restored> {
  const { metadataDir, fetcher } = ports;
  const stored = await readFileIfExists(nodeFileSystem, marksFile(metadataDir), 4_000_000);
  let marks = stored === undefined ? undefined : parseMarks(stored);
  let state = await load(metadataDir);
  const timestamp = async () => {
    const path = "metadata/timestamp.json";
    const answer = await fetcher.get(path, { maxBytes: limits.timestampBytes });
    if (answer.status === "ok") return answer.bytes;
    throw new VouchsafeError("repository.missing", `The repository has no ${path}.`);
  };
  const steps = refreshSteps(state, timestamp, sourcesOf(ports), readingOf(ports));
  for await (const { state: next } of steps) {
    const { root, timestamp: timed, snapshot } = next.set;
    checkMarks(marks, repository, root, timed, snapshot);
    marks = raiseMarks(marks, repository, root, timed, snapshot);
    const bytes = canonicalBytes(encodeMarks(marks));
    await writeFileDurable(nodeFileSystem, marksFile(metadataDir), bytes, mode);
    await keep(metadataDir, state, next);
    state = next;
  }
  return state;
}

function locationOf(target: TargetFile, consistent: boolean): string {
  const digest = target.hashes.get("sha256") ?? target.hashes.get("sha512");
  if (!consistent || digest === undefined) return target.path;
  const slash = target.path.lastIndexOf("/") + 1;
  return `${target.path.slice(0, slash)}${digest}.${target.path.slice(slash)}`; // TUF 5.7.3
}

function isWhole(bytes: Buffer | undefined, target: TargetFile): boolean {
  if (bytes === undefined) return false;
  try {
    checkBytes(bytes, target, "target");
    return true;
  } catch {
    return false;
  }
}

/** `download`: a refresh, then each target in turn (TUF 5.7), unless it is there already. */
export async function download(
  ports: ClientPorts,
  names: readonly string[],
  { targetDir, fetchTarget }: DownloadPorts,
): Promise<void> {
  let state = await refresh(ports);
  for (const name of names) {
    const { state: next, target } = await findTarget(
      state,
      name,
      sourcesOf(ports),
      readingOf(ports),
    );
    await keep(ports.metadataDir, state, next);
    state = next;
    if (target === undefined) {
      throw new VouchsafeError("trust.role", `No role that may speak for ${name} lists it.`);
    }
    const path = join(targetDir, roleFileName(name));
    const held = await readFileIfExists(nodeFileSystem, path, target.length);
    if (isWhole(held, target)) continue;
    const location = locationOf(target, state.set.root.consistentSnapshot);
    const bytes = await fetchTarget(location, target.length);
    checkBytes(bytes, target, "target");
    await writeFileDurable(nodeFileSystem, path, bytes, mode);
  }
}
