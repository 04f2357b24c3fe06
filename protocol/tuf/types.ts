/** What the four TUF roles say once their form has been checked (TUF 1.0 §4). */
import type { JsonObject } from "../json.ts";

/** The four roles that root itself names. */
export const topLevelRoles = ["root", "timestamp", "snapshot", "targets"] as const;
export type TopLevelRole = (typeof topLevelRoles)[number];

/** A public key as metadata writes it (TUF 4.2). */
export interface Key {
  readonly keyId: string;
  readonly keyType: string;
  readonly scheme: string;
  /** `keyval.public`: hex for Ed25519, PEM for the others. */
  readonly publicKey: string;
}

/** Who may sign for a role, and how many of them must. */
export interface RoleKeys {
  readonly keyIds: readonly string[];
  readonly threshold: number;
}

/** What every signed part carries. */
interface Common {
  readonly version: number;
  /** As written: `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly expires: string;
  /** The fields that TUF does not name, such as `release` and `tlogPolicy`. */
  readonly extra: JsonObject;
}

/** TUF 4.3 */
export interface Root extends Common {
  readonly type: "root";
  readonly consistentSnapshot: boolean;
  readonly keys: ReadonlyMap<string, Key>;
  readonly roles: Readonly<Record<TopLevelRole, RoleKeys>>;
}

/** Digests by algorithm (`sha256`, `sha512`), lower-case hex; at least one, unless it is optional. */
export type Hashes = ReadonlyMap<string, string>;

/** What timestamp and snapshot say of a metadata file (TUF 4.4). */
export interface MetaFile {
  readonly version: number;
  readonly length?: number;
  readonly hashes?: Hashes;
}

/** TUF 4.6 */
export interface Timestamp extends Common {
  readonly type: "timestamp";
  readonly snapshot: MetaFile;
}

/** TUF 4.4; keys are file names such as `targets.json`. */
export interface Snapshot extends Common {
  readonly type: "snapshot";
  readonly meta: ReadonlyMap<string, MetaFile>;
}

/** TUF 4.5 */
export interface TargetFile {
  readonly path: string;
  readonly length: number;
  readonly hashes: Hashes;
  readonly custom?: JsonObject;
}

/** One delegated role, by path patterns or by prefixes of the path's SHA-256. */
export interface DelegatedRole extends RoleKeys {
  readonly name: string;
  readonly terminating: boolean;
  readonly paths: { readonly kind: "patterns" | "hashPrefixes"; readonly list: readonly string[] };
}

/** TAP 15: 2^bitLength bins that share keys and threshold. */
export interface SuccinctRoles extends RoleKeys {
  readonly bitLength: number;
  readonly namePrefix: string;
}

export interface Delegations {
  readonly keys: ReadonlyMap<string, Key>;
  readonly roles: readonly DelegatedRole[];
  readonly succinct?: SuccinctRoles;
}

export interface Targets extends Common {
  readonly type: "targets";
  readonly targets: ReadonlyMap<string, TargetFile>;
  readonly delegations?: Delegations;
}

export type Signed = Root | Timestamp | Snapshot | Targets;
export type RoleType = Signed["type"];
export type SignedOf<T extends RoleType> = Extract<Signed, { readonly type: T }>;
