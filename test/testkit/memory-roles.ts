/** Pieces of signed metadata that the publisher in memory puts together. */
import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { sha256 } from "../../protocol/bytes.ts";
import { encodeEncodings, targetLocation } from "../../protocol/release/encodings.ts";
import { type Signer, seedSigner } from "../../protocol/tuf/sign.ts";
import type { MetaFile, RoleKeys, TargetFile } from "../../protocol/tuf/types.ts";

/** A key that is the same in every run: its seed is the hash of its name. */
export function namedSigner(name: string): Signer {
  return seedSigner(createHash("sha256").update(`test key ${name}`).digest());
}

/** Signers of a role and how many of them must sign. */
export interface Signing {
  readonly signers: readonly Signer[];
  readonly threshold: number;
}

/** Key ids and threshold as a role names them. */
export const roleKeys = ({ signers, threshold }: Signing): RoleKeys => ({
  keyIds: signers.map(({ key }) => key.keyId),
  threshold,
});

/** All keys of some signings, by id. */
export const keyMap = (signings: Iterable<Signing>) =>
  new Map(
    Array.from(signings, ({ signers }) =>
      signers.map(({ key }) => [key.keyId, key] as const),
    ).flat(),
  );

/** What a snapshot or timestamp says of a file. */
export const metaOf = (bytes: Buffer, version: number): MetaFile => ({
  version,
  length: bytes.length,
  hashes: new Map([["sha256", sha256(bytes)]]),
});

/** A target entry and the files that carry it. */
export function targetOf(
  path: string,
  bytes: Buffer,
  whole: boolean,
): [TargetFile, Map<string, Buffer>] {
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
