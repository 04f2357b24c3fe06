/** Which roles a database of a spec has, which paths lie in each, and how they are delegated. */
import type { JsonObject, JsonValue } from "../../../protocol/json.ts";
import { succinctBin } from "../../../protocol/tuf/delegations.ts";
import { keysObject, roleObject, type Signing, signingOf } from "./signing.ts";
import type { DatabaseSpec, RepositorySpec } from "./spec.ts";

/** A database's roles. */
export interface DatabasePlan {
  readonly name: string;
  signing: Signing;
  /** Paths in the database's own role. */
  readonly own: readonly string[];
  /** Paths in each role below it. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  delegations(signing: Signing): JsonObject | undefined;
  /** How the top level delegates to it. */
  delegated(hash: (path: string) => string): JsonObject;
}

const names = ["daily", "ids", "geo"];
const bits = 2;

/** The bytes of a target in a publication. */
export const contentOf = (path: string, publication: number): Buffer =>
  Buffer.from(`${path} of publication ${publication}\n`);

const binDigits = (index: number): string[] =>
  Array.from({ length: 4 }, (_digit, offset) => (index * 4 + offset).toString(16));

function delegationsOf(name: string, layout: DatabaseSpec["layout"], signing: Signing) {
  const keys = keysObject([signing]);
  const role = roleObject(signing);
  if (layout === "flat") return undefined;
  if (layout === "succinct") {
    return { keys, succinct_roles: { ...role, bit_length: bits, name_prefix: name } };
  }
  const roles: JsonValue[] =
    layout === "nested"
      ? [{ name: `${name}-child`, ...role, terminating: false, paths: [`${name}/sub/*`] }]
      : Array.from({ length: 2 ** bits }, (_bin, index) => ({
          name: `${name}-${index}`,
          ...role,
          terminating: true,
          path_hash_prefixes: binDigits(index),
        }));
  return { keys, roles };
}

/** Where a database's file lies: nested layouts have a folder. */
export function pathOf(database: number, file: number, layout: DatabaseSpec["layout"]): string {
  const folder = layout === "nested" && file % 2 === 0 ? "sub/" : "";
  return `${names[database] ?? "daily"}/${folder}file${file}.txt`;
}

function partsOf(name: string, layout: DatabaseSpec["layout"], paths: readonly string[]) {
  if (layout === "flat") return new Map<string, readonly string[]>();
  if (layout === "nested") {
    return new Map([[`${name}-child`, paths.filter((path) => path.includes("/sub/"))]]);
  }
  const bins = { keyIds: [], threshold: 1, bitLength: bits, namePrefix: name };
  return new Map(
    Array.from({ length: 2 ** bits }, (_bin, index) => {
      const bin = `${name}-${index}`;
      return [bin, paths.filter((path) => succinctBin(bins, path) === bin)] as const;
    }),
  );
}

function planDatabase(spec: DatabaseSpec, index: number): DatabasePlan {
  const name = names[index] ?? "daily";
  const { layout, terminating } = spec;
  const paths = Array.from({ length: spec.files }, (_file, file) => pathOf(index, file, layout));
  const parts = partsOf(name, layout, paths);
  const held = new Set([...parts.values()].flat());
  const signing = signingOf(spec.keys);
  const plan: DatabasePlan = {
    name,
    signing,
    own: paths.filter((path) => !held.has(path)),
    parts,
    delegations: (now) => delegationsOf(name, layout, now),
    delegated: (hash) => {
      const named = { name, ...roleObject(plan.signing), terminating };
      if (spec.paths === "prefixes") {
        return { ...named, path_hash_prefixes: paths.map((path) => hash(path).slice(0, 4)) };
      }
      const tail = spec.paths === "star" ? "*" : "file?.txt";
      return { ...named, paths: [`${name}/${tail}`, `${name}/sub/${tail}`] };
    },
  };
  return plan;
}

/** All databases of a repository. */
export const planOf = ({ databases }: RepositorySpec): DatabasePlan[] =>
  databases.map(planDatabase);

/** The roles that a look-up of the path passes below the top level: the database, and its part. */
export function rolesOnTheWay(spec: RepositorySpec, path: string): readonly string[] {
  const plan = planOf(spec).find(({ name }) => path.startsWith(`${name}/`));
  if (plan === undefined) return [names[0] ?? "daily"];
  const part = [...plan.parts].find(([, paths]) => paths.includes(path));
  return part === undefined ? [plan.name] : [plan.name, part[0]];
}
