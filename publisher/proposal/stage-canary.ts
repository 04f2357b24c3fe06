/** The canary of a proposal: a file that nobody gave, made once the release has its version. */
import { join } from "node:path";
import { writeFileDurable } from "../../host/durable.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import {
  type CanaryKind,
  type CanaryOf,
  canaryFile,
  canarySignature,
} from "../../protocol/release/canary.ts";
import { modes } from "../workspace/layout.ts";
import type { Publisher } from "../workspace/publisher.ts";
import type { ProposalPlace } from "./place.ts";
import type { SourceFile } from "./source-tree.ts";
import { type StagedFile, stageFile } from "./stage.ts";

/** Throws usage.input if the source has a file under the canary's name, in any spelling. */
export function checkNoCanary(kind: CanaryKind, files: readonly SourceFile[]): void {
  const own = files.find(({ path }) => path.toLowerCase() === canaryFile(kind));
  if (own === undefined) return;
  const message = `${own.location} has the name of the canary, which is made for each release.`;
  throw new VouchsafeError("usage.input", message);
}

/**
 * Stages the canary of a release.
 * @throws VouchsafeError disk.*
 */
export async function stageCanary(
  publisher: Publisher,
  place: ProposalPlace,
  kind: CanaryKind,
  of: CanaryOf,
): Promise<StagedFile> {
  const { fs } = publisher;
  const location = join(place.dir, ".canary");
  const bytes = Buffer.from(canarySignature(kind, of));
  await writeFileDurable(fs, location, bytes, { mode: modes.workFile });
  const source = { path: canaryFile(kind), location, stat: await fs.lstat(location) };
  const file = await stageFile(publisher, place, of.database, source, () => undefined);
  await fs.unlink(location);
  return file;
}
