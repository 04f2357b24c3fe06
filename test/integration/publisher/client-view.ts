/**
 * The repository folder as a client sees it, by TUF's rules, expiry included, and with every file
 * of every release read: either a whole view or an error, never something between.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { sha256 } from "../../../protocol/bytes.ts";
import { binNames, checkBins } from "../../../protocol/release/bins.ts";
import { targetLocation, zstLocation } from "../../../protocol/release/encodings.ts";
import { haltRole } from "../../../protocol/release/halt.ts";
import { checkRelease } from "../../../protocol/release/release-info.ts";
import { roleNamed } from "../../../protocol/tuf/delegations.ts";
import {
  listedRole,
  readTargets,
  startFrom,
  updateRoot,
  updateSnapshot,
  updateTimestamp,
  withTargets,
} from "../../../protocol/tuf/trusted-set.ts";
import type { Targets } from "../../../protocol/tuf/types.ts";

/** What a client would have. */
export interface ClientView {
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  /** Release and content of each file, by database. */
  readonly databases: Readonly<
    Record<string, { readonly version: number; readonly files: Readonly<Record<string, string>> }>
  >;
}

function keysOf({ delegations }: Targets, name: string) {
  const named = delegations === undefined ? undefined : roleNamed(delegations, name);
  if (delegations === undefined || named === undefined) throw new Error(`no role ${name}`);
  return { keys: delegations.keys, ...named };
}

/** Reads everything that a client would; throws where a client would refuse. */
export function clientView(repository: string, now: number): ClientView {
  const read = (name: string): Buffer => readFileSync(join(repository, "metadata", name));
  const reading = { now, strictness: "native" } as const;
  const rootBytes = read("1.root.json");
  let trusted = startFrom(rootBytes);
  for (;;) {
    const next = `${trusted.root.version + 1}.root.json`;
    if (!existsSync(join(repository, "metadata", next))) break;
    trusted = updateRoot(trusted, read(next), "native");
  }
  const { set: dated } = updateTimestamp(trusted, read("timestamp.json"), reading);
  const snapshotVersion = dated.timestamp?.snapshot.version ?? 0;
  const set = updateSnapshot(dated, read(`${snapshotVersion}.snapshot.json`), reading);
  const { snapshot } = set;
  if (snapshot === undefined) throw new Error("no snapshot");
  const top = listedRole(snapshot, "targets").version;
  const targets = readTargets(set, read(`${top}.targets.json`), "targets", "root", reading);
  const delegating = withTargets(set, [["targets", targets]]);
  const databases: Record<string, { version: number; files: Record<string, string> }> = {};
  for (const { name } of targets.delegations?.roles ?? []) {
    if (name === haltRole || !snapshot.meta.has(`${name}.json`)) continue;
    const { version } = listedRole(snapshot, name);
    const role = readTargets(delegating, read(`${version}.${name}.json`), name, "targets", reading);
    const own = withTargets(delegating, [[name, role]]);
    const bins = new Map(
      binNames(name, role, keysOf(targets, name)).map((bin) => {
        const bytes = read(`${listedRole(snapshot, bin).version}.${bin}.json`);
        return [bin, readTargets(own, bytes, bin, name, reading)] as const;
      }),
    );
    checkBins(name, role, bins);
    const files: Record<string, string> = {};
    for (const file of checkRelease(name, sha256(rootBytes), role, bins.values()).files) {
      const path = `${name}/${file.path}`;
      const whole = readFileSync(join(repository, targetLocation(path, file.sha256)));
      if (whole.length !== file.length || sha256(whole) !== file.sha256) {
        throw new Error(`${path} is not what was signed`);
      }
      if (file.zst !== undefined) {
        const encoded = readFileSync(join(repository, zstLocation(path, file.sha256)));
        if (encoded.length !== file.zst || !zstdDecompressSync(encoded).equals(whole)) {
          throw new Error(`the encoding of ${path} is not what was signed`);
        }
      }
      files[file.path] = whole.toString();
    }
    databases[name] = { version, files };
  }
  return {
    root: trusted.root.version,
    timestamp: dated.timestamp?.version ?? 0,
    snapshot: snapshot.version,
    databases,
  };
}
