/**
 * A repository in memory for conformance tests. Metadata is kept as plain mutable JSON, so that a
 * test may put into it whatever it likes; nothing is visible to clients before it is published.
 * Each published version of a role is kept for itself, and every request is written down.
 */
import { createHash } from "node:crypto";
import type { MetadataFetcher } from "../../agent/trust/types.ts";
import { sha256 } from "../../protocol/bytes.ts";
import { canonicalBytes } from "../../protocol/canonical.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { type JsonObject, type JsonValue, parseJson } from "../../protocol/json.ts";
import { formatUtc, objectAt } from "../../protocol/tuf/fields.ts";
import { newSigner, type TestSigner } from "./signers.ts";

export const day = 86_400_000;

type Hashes = Record<string, string>;
export type RoleEntry = {
  keyids: string[];
  threshold: number;
  [extra: string]: JsonValue | string[];
};
export type MetaEntry = { version: number; length?: number; hashes?: Hashes };
export type DelegatedEntry = RoleEntry & {
  name: string;
  terminating: boolean;
  paths?: string[];
  path_hash_prefixes?: string[];
};
export type TopLevel = "root" | "timestamp" | "snapshot" | "targets";

interface Common {
  version: number;
  expires: string;
  [extra: string]: unknown;
}
export interface RootPart extends Common {
  consistent_snapshot: boolean;
  keys: Record<string, JsonObject>;
  roles: Record<TopLevel, RoleEntry>;
}
export interface MetaPart extends Common {
  meta: Record<string, MetaEntry>;
}
export interface TargetsPart extends Common {
  targets: Record<string, { length: number; hashes: Hashes }>;
  delegations?: {
    keys: Record<string, JsonObject>;
    roles: DelegatedEntry[];
    succinct_roles?: RoleEntry & { bit_length: number; name_prefix: string };
  };
}

/** A document as served, whose signatures a test may change. */
export interface Document {
  signatures: { keyid: string; sig: string }[];
  signed: JsonObject;
}

const jsonOf = (value: object): JsonObject =>
  objectAt(parseJson(Buffer.from(JSON.stringify(value)), 10_000_000), "the document");

/** A delegation has either roles or succinct roles (TAP 15). */
function withoutEmptyRoles(part: Common): Common {
  const { delegations } = part;
  if (typeof delegations !== "object" || delegations === null) return part;
  if (!("succinct_roles" in delegations)) return part;
  const { roles: _, ...rest } = { roles: [], ...delegations };
  return { ...part, delegations: rest };
}

/** Digests of bytes by algorithm. */
export const hashesOf = (bytes: Uint8Array, algorithms: readonly ("sha256" | "sha512")[]): Hashes =>
  Object.fromEntries(algorithms.map((name) => [name, digest(name, bytes)]));

const digest = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest("hex");

/** A new repository, with version 1 of all four roles published. */
export function simulator(now: number = Date.now()) {
  const expires = formatUtc(now + 30 * day);
  const part = (type: string) => ({ _type: type, spec_version: "1.0.31", version: 1, expires });
  const role = (): RoleEntry => ({ keyids: [], threshold: 1 });
  const root: RootPart = {
    ...part("root"),
    consistent_snapshot: true,
    keys: {},
    roles: { root: role(), timestamp: role(), snapshot: role(), targets: role() },
  };
  const timestamp: MetaPart = { ...part("timestamp"), meta: { "snapshot.json": { version: 1 } } };
  const snapshot: MetaPart = { ...part("snapshot"), meta: {} };
  const newTargets = (): TargetsPart => ({ ...part("targets"), targets: {} });
  const targets = newTargets();
  const parts = new Map<string, Common>([
    ["root", root],
    ["timestamp", timestamp],
    ["snapshot", snapshot],
    ["targets", targets],
  ]);
  const delegated = new Map<string, TargetsPart>([["targets", targets]]);
  const published = new Map<string, Buffer[]>();
  const signers = new Map<string, Map<string, TestSigner>>();
  const artifacts = new Map<string, { bytes: Buffer; hashes: Hashes }>();
  const requests: string[] = [];
  const downloads: string[] = [];
  const options = { hashes: false };

  const targetsOf = (name: string): TargetsPart => {
    const found = delegated.get(name);
    if (found === undefined) throw new Error(`no role ${name}`);
    return found;
  };
  const signersOf = (name: string): Map<string, TestSigner> => {
    const held = signers.get(name) ?? new Map<string, TestSigner>();
    signers.set(name, held);
    return held;
  };
  const versionsOf = (name: string): Buffer[] => {
    const held = published.get(name) ?? [];
    published.set(name, held);
    return held;
  };
  const isTop = (name: string): name is TopLevel => Object.hasOwn(root.roles, name);

  function addKey(name: string, signer = newSigner(), delegator = "root"): TestSigner {
    const owner = delegator === "root" ? root : targetsOf(delegator).delegations;
    const entry = isTop(name)
      ? root.roles[name]
      : targetsOf(delegator).delegations?.roles.find((listed) => listed.name === name);
    if (owner === undefined || entry === undefined) throw new Error(`no role ${name}`);
    owner.keys[signer.keyId] = signer.key;
    entry.keyids.push(signer.keyId);
    signersOf(name).set(signer.keyId, signer);
    return signer;
  }

  /** Takes all keys from a top-level role and gives it these. */
  function setKeys(name: TopLevel, keys: readonly TestSigner[], threshold: number): void {
    root.roles[name] = { keyids: [], threshold };
    signersOf(name).clear();
    for (const key of keys) addKey(name, key);
  }

  /** Signs the roles and serves them as their next versions. */
  function publish(...names: readonly string[]): void {
    for (const name of names) {
      const signed = parts.get(name);
      if (signed === undefined) throw new Error(`no role ${name}`);
      if (published.has(name)) signed.version += 1;
      const json = jsonOf(withoutEmptyRoles(signed));
      const message = canonicalBytes(json);
      const signatures = Array.from(signersOf(name).values(), ({ keyId, sign }) => ({
        keyid: keyId,
        sig: sign(message),
      }));
      const bytes = Buffer.from(JSON.stringify({ signatures, signed: json }, undefined, 1));
      versionsOf(name).push(bytes);
      const exact = { length: bytes.length, hashes: { sha256: sha256(bytes) as string } };
      const entry = { version: signed.version, ...(options.hashes ? exact : {}) };
      if (delegated.has(name)) snapshot.meta[`${name}.json`] = entry;
      if (name === "snapshot") timestamp.meta["snapshot.json"] = entry;
    }
  }

  /** Changes the newest published document of a role after it was signed. */
  function tamper(name: string, change: (document: Document) => void): void {
    const bytes = versionsOf(name).pop();
    if (bytes === undefined) throw new Error(`nothing of ${name} is published`);
    const document: Document = JSON.parse(bytes.toString());
    change(document);
    versionsOf(name).push(Buffer.from(JSON.stringify(document)));
  }

  function addDelegation(
    delegator: string,
    entry: Partial<DelegatedEntry> & { name: string },
  ): void {
    const owner = targetsOf(delegator);
    owner.delegations ??= { keys: {}, roles: [] };
    const paths = entry.path_hash_prefixes === undefined ? { paths: ["*"] } : {};
    const defaults = { keyids: [], threshold: 1, terminating: false, ...paths };
    owner.delegations.roles.push({ ...defaults, ...entry });
    if (!delegated.has(entry.name)) {
      const made = newTargets();
      delegated.set(entry.name, made);
      parts.set(entry.name, made);
    }
    addKey(entry.name, newSigner(), delegator);
  }

  function addArtifact(
    name: string,
    content: string,
    path: string,
    algorithms: readonly ("sha256" | "sha512")[] = ["sha256"],
  ): void {
    const bytes = Buffer.from(content);
    const hashes = hashesOf(bytes, algorithms);
    targetsOf(name).targets[path] = { length: bytes.length, hashes };
    artifacts.set(path, { bytes, hashes });
  }

  /** Gives a role 2^bits bins, all signed by one key, and their empty roles. */
  function addSuccinctRoles(delegator: string, bits: number, prefix: string): readonly string[] {
    const signer = newSigner();
    const entry = { keyids: [signer.keyId], threshold: 1, bit_length: bits, name_prefix: prefix };
    const keys = { [signer.keyId]: signer.key };
    targetsOf(delegator).delegations = { keys, roles: [], succinct_roles: entry };
    const digits = (2 ** bits - 1).toString(16).length;
    return Array.from({ length: 2 ** bits }, (_, index) => {
      const name = `${prefix}-${index.toString(16).padStart(digits, "0")}`;
      const made = newTargets();
      delegated.set(name, made);
      parts.set(name, made);
      signersOf(name).set(signer.keyId, signer);
      return name;
    });
  }

  /** What a server would send for a path below `metadata/`. */
  function serve(path: string): Buffer | undefined {
    const [, digits, quoted = ""] = /^(?:(\d+)\.)?(.+)\.json$/.exec(path) ?? [];
    requests.push(digits === undefined ? quoted : `${quoted} ${digits}`);
    const versions = published.get(decodeURIComponent(quoted));
    return digits === undefined ? versions?.at(-1) : versions?.[Number(digits) - 1];
  }

  /** What a server would send for a path below `targets/`. */
  function serveTarget(location: string): Buffer | undefined {
    downloads.push(location);
    if (!root.consistent_snapshot) return artifacts.get(location)?.bytes;
    const [, folder = "", prefix = "", name = ""] =
      /^(.*\/)?([0-9a-f]+)\.([^/]+)$/.exec(location) ?? [];
    const artifact = artifacts.get(`${folder}${name}`);
    return artifact !== undefined && Object.values(artifact.hashes).includes(prefix)
      ? artifact.bytes
      : undefined;
  }

  const fetcher: MetadataFetcher = {
    get: async (path, { maxBytes }) => {
      const bytes = serve(path.slice("metadata/".length));
      if (bytes === undefined) return { status: "missing" };
      if (bytes.length > maxBytes)
        throw new VouchsafeError("transfer.too-large", `${path} is large.`);
      return { status: "ok", bytes, validators: { origin: "memory:" } };
    },
  };

  for (const name of ["root", "timestamp", "snapshot", "targets"] as const) addKey(name);
  publish("targets", "snapshot", "timestamp", "root");

  return {
    root,
    timestamp,
    snapshot,
    targets,
    targetsOf,
    parts,
    published,
    versionsOf,
    signersOf,
    artifacts,
    requests,
    downloads,
    options,
    addKey,
    setKeys,
    publish,
    tamper,
    addDelegation,
    addSuccinctRoles,
    addArtifact,
    serve,
    serveTarget,
    fetcher,
    now,
  };
}

export type Simulator = ReturnType<typeof simulator>;
