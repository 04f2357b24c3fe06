/** What a writer of one package format is given. */
import type { Architecture, PackagedFile, PackagePlan } from "./plan.ts";

/** A staged package that waits for its format. */
export interface Packaging {
  /** The project's folder. */
  readonly root: string;
  readonly plan: PackagePlan;
  readonly files: readonly PackagedFile[];
  readonly version: string;
  readonly architecture: Architecture;
  /** The folder that holds the files as they will lie on a machine. */
  readonly stage: string;
  readonly installedKiB: number;
  /** The commit's time, seconds since 1970. */
  readonly seconds: number;
  /** The file to write. */
  readonly output: string;
}
