/** A build that cannot go on; the message is one sentence for whoever started it. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}
