/** Signing changes of keys on top of the published targets, for the next publication. */
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { type Signer, signEnvelope } from "../../protocol/tuf/sign.ts";
import type { Targets } from "../../protocol/tuf/types.ts";
import type { Publisher } from "../workspace/publisher.ts";
import { expiryOf } from "../workspace/settings.ts";
import { checkSize } from "./next-metadata.ts";
import { type Rotation, withRotations } from "./rotation.ts";
import { keepNextTargets, type NextTargets } from "./upcoming.ts";

/**
 * Signs changes of keys on top of published targets and keeps them for the next publication.
 *
 * @param signers of the role targets
 */
export async function signRotations(
  publisher: Publisher,
  published: Targets,
  rotations: readonly Rotation[],
  signers: readonly Signer[],
): Promise<Targets> {
  const { settings, clock } = publisher;
  const expires = expiryOf(settings, "targets", clock.now());
  const targets = withRotations(published, rotations, { version: published.version + 1, expires });
  const bytes = await signEnvelope(encodeSigned(targets), signers);
  checkSize("targets", "The top-level targets", bytes.length);
  await keepNextTargets(publisher, bytes);
  return targets;
}

/**
 * Signs the changes that wait once more, after other targets were published by the same keys:
 * they would count no more, though nobody took them back.
 *
 * @param published the targets that are published now
 * @param signers of the role targets
 */
export async function carryRotations(
  publisher: Publisher,
  next: NextTargets,
  published: Targets,
  signers: readonly Signer[],
): Promise<void> {
  if (next.kind !== "signed") return;
  await signRotations(publisher, published, next.rotations, signers);
}
