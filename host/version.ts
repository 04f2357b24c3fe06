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
  /** When that commit was made, milliseconds since 1970: no right clock is before it. */
  readonly committedAt?: number;
}

declare const VOUCHSAFE_COMMIT: string | undefined;
declare const VOUCHSAFE_COMMITTED_AT: number | undefined;

const committedAt = typeof VOUCHSAFE_COMMITTED_AT === "number" ? VOUCHSAFE_COMMITTED_AT : 0;

/** The version of this program. */
export const versionInfo: VersionInfo = {
  version: packageJson.version,
  commit: typeof VOUCHSAFE_COMMIT === "string" ? VOUCHSAFE_COMMIT : "development",
  runtime: `node ${process.versions.node}`,
  ...(committedAt > 0 ? { committedAt: committedAt * 1000 } : {}),
};
