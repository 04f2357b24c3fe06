/**
 * A publisher in memory: makes a real signed repository as a map from path to bytes, quickly and
 * in every state a test may want. The real publisher has its own tests; this one is for clients.
 */
import { asSha256, type Sha256, sha256 } from "../../protocol/bytes.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { type BinStyle, binBits, binDelegations, binFinder } from "../../protocol/release/bins.ts";
import { filesDigest } from "../../protocol/release/manifest.ts";
import { encodeReleaseInfo, type ReleaseInfo } from "../../protocol/release/release-info.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { type Signer, signEnvelope } from "../../protocol/tuf/sign.ts";
import type {
  DelegatedRole,
  Root,
  TargetFile,
  Targets,
  TopLevelRole,
} from "../../protocol/tuf/types.ts";

import { keyMap, metaOf, namedSigner, roleKeys, type Signing, targetOf } from "./memory-roles.ts";

export { namedSigner, type Signing } from "./memory-roles.ts";

/** How many bins a database has, and how they are written. */
export interface Bins {
  readonly count: number;
  readonly style: BinStyle;
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
  addDatabase(name: string, signing?: Signing, bins?: Bins): void;
  /** Stages a release; `change` may falsify its signed part before it is signed. */
  release(
    name: string,
    files: Readonly<Record<string, Uint8Array | string>>,
    change?: Change,
  ): void;
  /** Makes the next snapshot list these bytes for a role, as a thief of its key could. */
  replaceRole(role: string, bytes: Buffer, version: number): void;
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
  /** What each role lists, to know the bins that do not change. */
  readonly lists: Map<string, string>;
}

/**
 * A new repository with one key a role and no database.
 *
 * @param clock milliseconds since 1970, read whenever something is signed
 * @param vendor makes the keys, and so the repository, differ
 * @param signerOf makes each role's key
 */
export async function memoryPublisher(
  clock: () => number = Date.now,
  vendor = "vendor",
  signerOf: (name: string) => Signer = namedSigner,
): Promise<MemoryPublisher> {
  const single = (role: string): Signing => ({
    signers: [signerOf(`${vendor} ${role}`)],
    threshold: 1,
  });
  const files = new Map<string, Buffer>();
  const staged = new Map<string, (version: number) => ReadonlyMap<string, JsonObject>>();
  const bins = new Map<string, Bins>();
  const replacements = new Map<string, { bytes: Buffer; version: number }>();
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
    lists: new Map(),
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

  const targetsRole = (version: number, targets: Targets["targets"]): Targets => ({
    type: "targets",
    version,
    expires: expires("targets"),
    extra: {},
    targets,
  });

  /** The database's own role and, where it has bins, those with the files in them. */
  function rolesOfRelease(
    database: string,
    version: number,
    targets: Targets["targets"],
  ): [Targets, ...(readonly [string, Targets])[]] {
    const binned = bins.get(database);
    const signing = databases.get(database);
    if (binned === undefined || signing === undefined) return [targetsRole(version, targets)];
    const keys = { keys: keyMap([signing]), ...roleKeys(signing) };
    const delegations = binDelegations(database, keys, binBits(binned.count) ?? 1, binned.style);
    const { roles: listed } = binDelegations(
      database,
      keys,
      binBits(binned.count) ?? 1,
      "path_hash_prefixes",
    );
    const find = binFinder(delegations);
    const places = Array.from(targets, (entry) => [find(entry[0]), entry] as const);
    const inBin = (name: string) =>
      new Map(places.filter(([bin]) => bin === name).map(([, entry]) => entry));
    const parts = listed.map(({ name }) => [name, targetsRole(version, inBin(name))] as const);
    return [{ ...targetsRole(version, new Map()), delegations }, ...parts];
  }

  async function publish(): Promise<void> {
    state.targetsVersion += 1;
    const top: Targets = {
      ...targetsRole(state.targetsVersion, new Map()),
      delegations: {
        keys: keyMap(databases.values()),
        roles: [...databases].map(([database, signing]) => delegated(database, signing)),
      },
    };
    await serveRole("targets", encodeSigned(top), top.version, roles.targets);
    for (const [database, rolesOf] of staged) {
      const version = (state.versions.get(database) ?? 0) + 1;
      state.versions.set(database, version);
      const signing = databases.get(database);
      if (signing === undefined) throw new Error(`no database ${database}`);
      for (const [role, signed] of rolesOf(version)) {
        const list = JSON.stringify(signed["targets"]);
        if (role !== database && state.lists.get(role) === list) continue; // a bin stays
        state.lists.set(role, list);
        await serveRole(role, signed, version, signing);
      }
    }
    staged.clear();
    for (const [role, replaced] of replacements) {
      files.set(`metadata/${replaced.version}.${role}.json`, replaced.bytes);
      state.signedRoles.set(role, replaced);
    }
    replacements.clear();
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
    addDatabase: (database, signing = single(database), binned) => {
      databases.set(database, signing);
      if (binned !== undefined) bins.set(database, binned);
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
      const falsify = change.signed ?? ((signed: JsonObject) => signed);
      staged.set(database, (version) => {
        const [role, ...parts] = rolesOfRelease(database, version, targets);
        const own = { ...role, extra: { release: encodeReleaseInfo(info) } };
        const binned = parts.map(([name, part]) => [name, encodeSigned(part)] as const);
        return new Map([[database, falsify(encodeSigned(own))], ...binned]);
      });
    },
    replaceRole: (role, bytes, version) => {
      replacements.set(role, { bytes, version });
    },
    publish,
    rotateRoot: async () => {
      await serveRoot(rootSigners);
      rootSigners = roles.root.signers;
    },
  };
}
