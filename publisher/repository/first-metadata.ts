/** The first metadata of a repository: version 1 of the four roles. */
import { haltDelegation, type haltRole } from "../../protocol/release/halt.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { type Signer, signEnvelope } from "../../protocol/tuf/sign.ts";
import type { Root, Signed, Targets } from "../../protocol/tuf/types.ts";
import { defaultExpiryDays, expiryOf } from "../workspace/settings.ts";
import { metaFileOf, nextSnapshot, nextTimestamp } from "./next-metadata.ts";

/** The roles that have one key each. */
export const singleKeyRoles = ["targets", "snapshot", "timestamp"] as const;
export type SingleKeyRole = (typeof singleKeyRoles)[number];

/** The keys beside those of root. */
export type FirstSigners = Readonly<Record<SingleKeyRole | typeof haltRole, Signer>>;

/** Root version 1, and a top-level targets that lists nothing and delegates only `halt`. */
function firstRoles(
  now: Date,
  roots: readonly Signer[],
  others: FirstSigners,
  rootThreshold: number,
): { readonly root: Root; readonly targets: Targets } {
  const expires = (role: "root" | "targets") =>
    expiryOf({ expiryDays: defaultExpiryDays }, role, now);
  const one = ({ key }: Signer) => ({ keyIds: [key.keyId], threshold: 1 });
  const all = [...roots, ...singleKeyRoles.map((role) => others[role])];
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
    delegations: {
      keys: new Map([[others.halt.key.keyId, others.halt.key]]),
      roles: [haltDelegation(others.halt.key)],
    },
  };
  return { root, targets };
}

/** The four first metadata files by name. */
export async function firstMetadata(
  now: Date,
  roots: readonly Signer[],
  others: FirstSigners,
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
  const timestamp = nextTimestamp(0, listed, expires("timestamp"), formatUtc(now.getTime()));
  return new Map([
    ["1.root.json", await sign(root, ...roots)],
    ["1.targets.json", targetsBytes],
    ["1.snapshot.json", snapshotBytes],
    ["timestamp.json", await sign(timestamp, others.timestamp)],
  ]);
}
