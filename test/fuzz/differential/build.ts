/**
 * From a spec to the files that a mirror would serve after each publication. Hooks may falsify the
 * last publication at every step: before signing, after it, and as bytes.
 */
import { createHash } from "node:crypto";
import { isObject, type JsonObject, type JsonValue, jsonObject } from "../../../protocol/json.ts";
import { pathHash } from "../../../protocol/tuf/delegations.ts";
import { formatUtc } from "../../../protocol/tuf/fields.ts";
import { contentOf, type DatabasePlan, planOf } from "./plan.ts";
import {
  type Entry,
  keysObject,
  roleObject,
  type Signing,
  signingOf,
  signLoosely,
} from "./signing.ts";
import type { RepositorySpec } from "./spec.ts";

type TopRole = keyof RepositorySpec["roles"];
const topRoles = ["root", "timestamp", "snapshot", "targets"] as const satisfies readonly TopRole[];

/** What may be falsified in the last publication. */
export interface Hooks {
  /** Roles that the last publication must issue anew. */
  readonly touched: ReadonlySet<string>;
  keys(role: string, signing: Signing): Signing;
  signed(role: string, signed: JsonObject): JsonValue;
  envelope(role: string, envelope: JsonObject): JsonValue;
  /** What is listed, and what is served. */
  bytes(role: string, bytes: Buffer): { readonly listed: Buffer; readonly served: Buffer };
}

/** Falsifies nothing. */
export const honest: Hooks = {
  touched: new Set(),
  keys: (_role, signing) => signing,
  signed: (_role, signed) => signed,
  envelope: (_role, envelope) => envelope,
  bytes: (_role, bytes) => ({ listed: bytes, served: bytes }),
};

/** A generated repository. */
export interface Built {
  readonly bootstrap: Buffer;
  /** The served metadata after each publication, by path below `metadata/`. */
  readonly publications: readonly ReadonlyMap<string, Buffer>[];
}

const digestOf = (algorithm: string, bytes: Buffer) =>
  createHash(algorithm).update(bytes).digest("hex");

const algorithms = { none: [], sha256: ["sha256"], sha512: ["sha512"], both: ["sha256", "sha512"] };

/** Builds all publications of a repository, whose dates are relative to `now` (ms since 1970). */
export async function build(spec: RepositorySpec, now: number, hooks: Hooks): Promise<Built> {
  const files = new Map<string, Buffer>();
  const publications: ReadonlyMap<string, Buffer>[] = [];
  const expires = formatUtc(now + 10 * 86_400_000);
  const last = spec.publications.length - 1;
  const listed = new Map<string, JsonObject>();
  const roles = new Map<TopRole, Signing>(
    topRoles.map((role) => [role, signingOf(spec.roles[role])] as const),
  );
  const signingFor = (role: TopRole): Signing => roles.get(role) ?? signingOf(spec.roles[role]);
  const databases = planOf(spec);
  let step: Hooks = honest;
  let rootVersion = 0;
  let rootEntries: readonly Entry[] = [];

  const common = (type: string, version: number) => ({
    _type: type,
    spec_version: "1.0.31",
    version,
    expires,
  });

  /** Signs and serves a role; returns how its parent lists it. */
  async function issue(role: string, signed: JsonObject, entries: readonly Entry[]) {
    const part = step.signed(role, signed);
    const envelope = step.envelope(role, await signLoosely(part, entries));
    const bytes = step.bytes(role, Buffer.from(JSON.stringify(envelope)));
    const claimed = isObject(part) ? part["version"] : undefined;
    const fallback = typeof signed["version"] === "number" ? signed["version"] : 1;
    const version = typeof claimed === "number" && claimed >= 1 ? claimed : fallback;
    const prefix = role === "root" || (spec.consistent && role !== "timestamp");
    const name = encodeURIComponent(role);
    const file = role === "root" && typeof signed["version"] === "number" ? fallback : version;
    files.set(prefix ? `${file}.${name}.json` : `${name}.json`, bytes.served);
    const hashes = algorithms[spec.listing.hashes].map(
      (algorithm) => [algorithm, digestOf(algorithm, bytes.listed)] as const,
    );
    listed.set(`${role}.json`, {
      version,
      ...(spec.listing.length ? { length: bytes.listed.length } : {}),
      ...(hashes.length === 0 ? {} : { hashes: jsonObject(hashes) }),
    });
    return bytes.served;
  }

  async function issueRoot(): Promise<Buffer> {
    rootVersion += 1;
    const signings = topRoles.map((role) => [role, step.keys(role, signingFor(role))] as const);
    for (const [role, signing] of signings) roles.set(role, signing);
    const signed = {
      ...common("root", rootVersion),
      consistent_snapshot: spec.consistent,
      keys: keysObject(signings.map(([, signing]) => signing)),
      roles: jsonObject(signings.map(([role, signing]) => [role, roleObject(signing)])),
    };
    const { entries } = signingFor("root");
    const bytes = await issue("root", signed, [...entries, ...rootEntries]);
    rootEntries = entries;
    return bytes;
  }

  function targetsOf(paths: readonly string[], publication: number): JsonObject {
    return jsonObject(
      paths.map((path) => {
        const content = contentOf(path, publication);
        const hashes = { sha256: digestOf("sha256", content) };
        return [path, { length: content.length, hashes }];
      }),
    );
  }

  async function issueDatabase(plan: DatabasePlan, publication: number): Promise<void> {
    const { entries } = plan.signing;
    const version = publication + 1;
    for (const [name, paths] of plan.parts) {
      const signed = { ...common("targets", version), targets: targetsOf(paths, publication) };
      await issue(name, signed, entries);
    }
    const own = { ...common("targets", version), targets: targetsOf(plan.own, publication) };
    const delegations = plan.delegations(plan.signing);
    await issue(plan.name, delegations === undefined ? own : { ...own, delegations }, entries);
  }

  const touches = (names: Iterable<string>) => [...names].some((name) => step.touched.has(name));
  let bootstrap: Buffer = Buffer.alloc(0);
  for (const [index, { releases, root }] of spec.publications.entries()) {
    step = index === last ? hooks : honest;
    if (index === 0) bootstrap = await issueRootHonestly();
    if (index > 0 && root !== undefined && root !== "same") {
      roles.set(root, signingOf({ keys: [index + 4], threshold: 1 }));
    }
    const rootTouched = step.touched.has("root");
    if (rootTouched || (index > 0 && root !== undefined)) await issueRoot();
    for (const [at, plan] of databases.entries()) {
      const due =
        index === 0 || releases[at] === true || touches([plan.name, ...plan.parts.keys()]);
      plan.signing = step.keys(plan.name, plan.signing);
      if (due) await issueDatabase(plan, index);
    }
    const signings = databases.map(({ signing }) => signing);
    const delegations = {
      keys: keysObject(signings),
      roles: databases.map((plan) => plan.delegated(pathHash)),
    };
    const top = { ...common("targets", index + 1), targets: {}, delegations };
    await issue("targets", top, signingFor("targets").entries);
    const meta = [...listed].filter(
      ([name]) => !["root.json", "snapshot.json", "timestamp.json"].includes(name),
    );
    const snapshot = { ...common("snapshot", index + 1), meta: jsonObject(meta) };
    await issue("snapshot", snapshot, signingFor("snapshot").entries);
    const snapshotMeta = { "snapshot.json": listed.get("snapshot.json") ?? {} };
    const timestamp = { ...common("timestamp", index + 1), meta: snapshotMeta };
    await issue("timestamp", timestamp, signingFor("timestamp").entries);
    publications.push(new Map(files));
  }
  return { bootstrap, publications };

  async function issueRootHonestly(): Promise<Buffer> {
    const before = step;
    step = honest;
    const bytes = await issueRoot();
    step = before;
    return bytes;
  }
}
