/** Which build this is. The bundler fills in the commit; from source it is "development". */
import process from "node:process";
import packageJson from "../package.json" with { type: "json" };

/** What `--version` tells and reports carry. */
export interface VersionInfo {
  readonly version: string;
  /** The commit it was built from, or "development". */
  readonly commit: string;
  /** The runtime, as "node 24.21.0". */
  readonly runtime: string;
  /** The sha256 of the bundle, if the build knows it. */
  readonly bundleSha256?: string;
}

declare const VOUCHSAFE_COMMIT: string | undefined;
declare const VOUCHSAFE_BUNDLE_SHA256: string | undefined;

/** The version of this program. */
export const versionInfo: VersionInfo = {
  version: packageJson.version,
  commit: typeof VOUCHSAFE_COMMIT === "string" ? VOUCHSAFE_COMMIT : "development",
  runtime: `node ${process.versions.node}`,
  ...(typeof VOUCHSAFE_BUNDLE_SHA256 === "string" ? { bundleSha256: VOUCHSAFE_BUNDLE_SHA256 } : {}),
};
