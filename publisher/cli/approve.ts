/** `approve`: one person's signature, after a look. */
import type { CliContext } from "../../host/cli/types.ts";
import { isSha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { Signer } from "../../protocol/tuf/sign.ts";
import { findKey, openKey } from "../keys/key-store.ts";
import { signWithCommand } from "../keys/signer-command.ts";
import { approve, checkMayApprove, type Review, reviewProposal } from "../proposal/approve.ts";
import type { Publisher } from "../workspace/publisher.ts";
import { confirm } from "./confirm.ts";
import { argument, keysDirOf, passphrasesOf, publisherOf } from "./options.ts";
import { reviewDocument, reviewText } from "./show-review.ts";

type Sign = (bytes: Uint8Array) => string | Promise<string>;

/** How the call signs. A key that may not approve is refused before its passphrase is asked for. */
async function signOf(context: CliContext, publisher: Publisher, review: Review): Promise<Sign> {
  const { options, env, signal } = context;
  const word = options.str("key");
  const command = options.str("signer");
  if (command !== undefined) return (bytes) => signWithCommand(command, bytes, env, signal);
  const { fs } = publisher;
  const { name, key, file } = await findKey(fs, keysDirOf(context, publisher), word ?? "");
  checkMayApprove(review.proposal, key);
  if (file === undefined) {
    throw new VouchsafeError("key.unusable", `Only the public half of ${name} lies here.`);
  }
  let signer: Promise<Signer> | undefined;
  return async (bytes) => {
    signer ??= passphrasesOf(context)
      .forKey(name)
      .then((passphrase) => openKey(fs, file, passphrase));
    return (await signer).sign(bytes);
  };
}

function checkOptions({ options }: CliContext): void {
  if ((options.str("key") === undefined) === (options.str("signer") === undefined)) {
    throw new VouchsafeError("usage.arguments", "Give either --key or --signer.");
  }
  const digest = options.str("digest");
  if (digest === undefined || isSha256(digest)) return;
  throw new VouchsafeError("usage.arguments", "--digest takes 64 hex digits in lower case.");
}

/** Makes sure that what gets signed is what the person means to sign. */
async function checkMeant(context: CliContext, { proposal }: Review): Promise<void> {
  const digest = context.options.str("digest");
  const { name } = proposal.database;
  if (digest === undefined) {
    if (await confirm(context, `Sign ${name} ${proposal.release.version}?`)) return;
    throw new VouchsafeError("usage.input", "Not signed.");
  }
  if (digest === proposal.digest) return;
  const message = `The proposal of ${name} has another digest: ${proposal.digest}.`;
  throw new VouchsafeError("proposal.changed", message);
}

export async function run(context: CliContext): Promise<number> {
  checkOptions(context);
  const { out } = context;
  const publisher = await publisherOf(context);
  const review = await reviewProposal(publisher, argument(context, 0));
  const sign = await signOf(context, publisher, review);
  out.line(reviewText(review));
  const { voided } = review.proposal;
  if (voided.length > 0) {
    out.warn(`${voided.length} approvals are void: the proposal was changed after them.`);
  }
  await checkMeant(context, review);
  const { keyId, approvals, threshold } = await approve(publisher, review, sign);
  out.json({ result: "approved", ...reviewDocument(review), keyId, approvals, threshold });
  out.line("");
  out.line(`Approved with ${keyId.slice(0, 12)}: ${approvals} of ${threshold} approvals.`);
  return 0;
}
