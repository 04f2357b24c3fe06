/**
 * A publisher in memory: makes a real signed repository as a map from path to bytes, quickly and
 * in every state a test may want. The real publisher has its own tests; this one is for clients.
 */
import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { asSha256, type Sha256, sha256 } from "../../protocol/bytes.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { encodeEncodings, targetLocation } from "../../protocol/release/encodings.ts";
import { filesDigest } from "../../protocol/release/manifest.ts";
import { encodeReleaseInfo, type ReleaseInfo } from "../../protocol/release/release-info.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { type Signer, seedSigner, signEnvelope } from "../../protocol/tuf/sign.ts";
import type {
  DelegatedRole,
  MetaFile,
  RoleKeys,
  Root,
  TargetFile,
  Targets,
  TopLevelRole,
} from "../../protocol/tuf/types.ts";

/** A key that is the same in every run: its seed is the hash of its name. */
export function namedSigner(name: string): Signer {
  return seedSigner(createHash("sha256").update(`test key ${name}`).digest());
}

/** Signers of a role and how many of them must sign. */
export interface Signing {
  readonly signers: readonly Signer[];
  readonly threshold: number;
}

/** Everything a test may turn; all changes show at the next {@link MemoryPublisher.publish}. */
export interface MemoryPublisher {
  /** The served files by path, such as `metadata/timestamp.json`. */
  readonly files: Map<string, Buffer>;
  readonly roles: Record<TopLevelRole, Signing>;
  readonly databases: Map<string, Signing>;
  /** Days until new metadata expires, by role; databases count as `targets`. */
  readonly days: Record<TopLevelRole, number>;
  /** The bootstrap root: 1.root.json. */
  readonly root: Buffer;
  readonly repository: Sha256;
  addDatabase(name: string, signing?: Signing): void;
  /** Stages a release; `change` may falsify its signed part before it is signed. */
  release(
    name: string,
    files: Readonly<Record<string, Uint8Array | string>>,
    change?: Change,
  ): void;
  /** Signs and serves everything staged under new versions. */
  publish(): Promise<void>;
  /** Serves the next root, with the signers now in {@link roles}, signed by the old ones too. */
  rotateRoot(): Promise<void>;
}

/** What a test may falsify in a release. */
export interface Change {
  readonly info?: Partial<ReleaseInfo>;
  readonly signed?: (signed: JsonObject) => JsonObject;
  readonly targets?: (targets: Map<string, TargetFile>) => void;
  readonly label?: string;
  /** No `.zst` encodings. */
  readonly whole?: boolean;
}

interface State {
  rootVersion: number;
  timestampVersion: number;
  snapshotVersion: number;
  targetsVersion: number;
  readonly versions: Map<string, number>;
  readonly signedRoles: Map<string, { bytes: Buffer; version: number }>;
}

const roleKeys = ({ signers, threshold }: Signing): RoleKeys => ({
  keyIds: signers.map(({ key }) => key.keyId),
  threshold,
});

const keyMap = (signings: Iterable<Signing>) =>
  new Map(
    Array.from(signings, ({ signers }) =>
      signers.map(({ key }) => [key.keyId, key] as const),
    ).flat(),
  );

const metaOf = (bytes: Buffer, version: number): MetaFile => ({
  version,
  length: bytes.length,
  hashes: new Map([["sha256", sha256(bytes)]]),
});

/** A target entry and the files that carry it. */
function targetOf(path: string, bytes: Buffer, whole: boolean): [TargetFile, Map<string, Buffer>] {
  const digest = sha256(bytes);
  const zst = zstdCompressSync(bytes);
  const served = new Map([[targetLocation(path, digest), bytes]]);
  const withZst = !whole && zst.length < bytes.length;
  if (withZst) served.set(`${targetLocation(path, digest)}.zst`, zst);
  const custom = encodeEncodings({ ...(withZst ? { zst: zst.length } : {}), deltas: new Map() });
  const hashes = new Map([["sha256", digest as string]]);
  const target = {
    path,
    length: bytes.length,
    hashes,
    ...(custom === undefined ? {} : { custom }),
  };
  return [target, served];
}

/**
 * A new repository with one key a role and no database.
 *
 * @param clock milliseconds since 1970, read whenever something is signed
 * @param name makes the keys, and so the repository, differ
 */
export async function memoryPublisher(
  clock: () => number = Date.now,
  name = "vendor",
): Promise<MemoryPublisher> {
  const single = (role: string): Signing => ({
    signers: [namedSigner(`${name} ${role}`)],
    threshold: 1,
  });
  const files = new Map<string, Buffer>();
  const staged = new Map<string, { signed: (version: number) => JsonObject }>();
  const roles: Record<TopLevelRole, Signing> = {
    root: single("root"),
    timestamp: single("timestamp"),
    snapshot: single("snapshot"),
    targets: single("targets"),
  };
  const days = { root: 365, timestamp: 3, snapshot: 14, targets: 90 };
  const databases = new Map<string, Signing>();
  const state: State = {
    rootVersion: 0,
    timestampVersion: 0,
    snapshotVersion: 0,
    targetsVersion: 0,
    versions: new Map(),
    signedRoles: new Map(),
  };
  const expires = (role: TopLevelRole) => formatUtc(clock() + days[role] * 86_400_000);

  async function serveRoot(extraSigners: readonly Signer[]): Promise<Buffer> {
    state.rootVersion += 1;
    const root: Root = {
      type: "root",
      version: state.rootVersion,
      expires: expires("root"),
      extra: {},
      consistentSnapshot: true,
      keys: keyMap(Object.values(roles)),
      roles: {
        root: roleKeys(roles.root),
        timestamp: roleKeys(roles.timestamp),
        snapshot: roleKeys(roles.snapshot),
        targets: roleKeys(roles.targets),
      },
    };
    const signers = new Map([...roles.root.signers, ...extraSigners].map((s) => [s.key.keyId, s]));
    const bytes = await signEnvelope(encodeSigned(root), [...signers.values()]);
    files.set(`metadata/${state.rootVersion}.root.json`, bytes);
    return bytes;
  }

  const rootBytes = await serveRoot([]);
  const repository = sha256(rootBytes);
  let rootSigners = roles.root.signers;

  async function serveRole(role: string, signed: JsonObject, version: number, signing: Signing) {
    const bytes = await signEnvelope(signed, signing.signers);
    files.set(`metadata/${version}.${role}.json`, bytes);
    state.signedRoles.set(role, { bytes, version });
  }

  function delegated(database: string, signing: Signing): DelegatedRole {
    const list = [`${database}/*`, `${database}/*/*`];
    return {
      name: database,
      ...roleKeys(signing),
      terminating: true,
      paths: { kind: "patterns", list },
    };
  }

  async function publish(): Promise<void> {
    state.targetsVersion += 1;
    const top: Targets = {
      type: "targets",
      version: state.targetsVersion,
      expires: expires("targets"),
      extra: {},
      targets: new Map(),
      delegations: {
        keys: keyMap(databases.values()),
        roles: [...databases].map(([database, signing]) => delegated(database, signing)),
      },
    };
    await serveRole("targets", encodeSigned(top), top.version, roles.targets);
    for (const [database, { signed }] of staged) {
      const version = (state.versions.get(database) ?? 0) + 1;
      state.versions.set(database, version);
      const signing = databases.get(database);
      if (signing === undefined) throw new Error(`no database ${database}`);
      await serveRole(database, signed(version), version, signing);
    }
    staged.clear();
    state.snapshotVersion += 1;
    const meta = new Map(
      [...state.signedRoles].map(([role, { bytes, version }]) => [
        `${role}.json`,
        metaOf(bytes, version),
      ]),
    );
    const snapshot = encodeSigned({
      type: "snapshot",
      version: state.snapshotVersion,
      expires: expires("snapshot"),
      extra: {},
      meta,
    });
    const snapshotBytes = await signEnvelope(snapshot, roles.snapshot.signers);
    files.set(`metadata/${state.snapshotVersion}.snapshot.json`, snapshotBytes);
    state.timestampVersion += 1;
    const timestamp = encodeSigned({
      type: "timestamp",
      version: state.timestampVersion,
      expires: expires("timestamp"),
      extra: {},
      snapshot: metaOf(snapshotBytes, state.snapshotVersion),
    });
    files.set("metadata/timestamp.json", await signEnvelope(timestamp, roles.timestamp.signers));
  }

  return {
    files,
    roles,
    databases,
    days,
    root: rootBytes,
    repository,
    addDatabase: (database, signing = single(database)) => {
      databases.set(database, signing);
    },
    release: (database, contents, change = {}) => {
      const targets = new Map<string, TargetFile>();
      for (const [path, content] of Object.entries(contents)) {
        const full = `${database}/${path}`;
        const [target, served] = targetOf(full, Buffer.from(content), change.whole ?? false);
        targets.set(full, target);
        for (const [location, bytes] of served) files.set(location, bytes);
      }
      const listed = Array.from(targets.values(), ({ path, length, hashes }) => ({
        path: path.slice(database.length + 1),
        length,
        sha256: asSha256(hashes.get("sha256") ?? ""),
      }));
      change.targets?.(targets);
      const info: ReleaseInfo = {
        database,
        repository,
        label: change.label ?? "",
        created: formatUtc(clock()),
        notes: "",
        files: filesDigest(listed),
        ...change.info,
      };
      const role = (version: number): Targets => ({
        type: "targets",
        version,
        expires: expires("targets"),
        extra: { release: encodeReleaseInfo(info) },
        targets,
      });
      const falsify = change.signed ?? ((signed: JsonObject) => signed);
      staged.set(database, { signed: (version) => falsify(encodeSigned(role(version))) });
    },
    publish,
    rotateRoot: async () => {
      await serveRoot(rootSigners);
      rootSigners = roles.root.signers;
    },
  };
}
