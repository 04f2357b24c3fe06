/** The hash of the program that runs. Loaded only when it is asked for: most calls never do. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { embeddedFile } from "./embedded.ts";
import { versionInfo } from "./version.ts";

/**
 * The sha256 of the bundle that runs, in lower-case hex: the program without its runtime, the same
 * on every kind of machine. A bundle cannot hold its own hash, so the build puts it beside the bundle
 * inside the executable. Undefined when running from source.
 */
export const bundleSha256 = (): string | undefined => {
  if (versionInfo.commit === "development") return undefined;
  const embedded = embeddedFile("bundle.sha256");
  if (embedded !== undefined) return embedded.toString("ascii");
  return createHash("sha256")
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest("hex");
};
