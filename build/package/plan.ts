/**
 * A system package as data: what is installed where, who owns it, and what happens to services on an
 * upgrade and a removal. One declaration for each program (installers/linux/packages.ts), from which
 * deb.ts and rpm.ts each write their format.
 */

/** A file of the project that a package installs. */
export interface PackagedFile {
  /** Where it is taken from, relative to the project. */
  readonly source: string;
  /** Where it is installed, without the leading slash. */
  readonly target: string;
  readonly mode: number;
  /** The operator's own once it is installed: an upgrade keeps what was changed in it. */
  readonly config?: true;
  /** Installed compressed, as man pages are. */
  readonly gzip?: true;
}

/** A link that a package installs. */
export interface PackagedLink {
  readonly target: string;
  readonly to: string;
}

/** A folder that must exist with this mode and these owners. */
export interface PackagedFolder {
  readonly path: string;
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  /** State outlives a removal; only a purge may delete it. */
  readonly state?: true;
}

/** The machines that packages are made for, and what each format calls them. */
export const architectures = {
  x64: { deb: "amd64", rpm: "x86_64" },
  arm64: { deb: "arm64", rpm: "aarch64" },
} as const;

/** A processor in Node.js' words. */
export type Architecture = keyof typeof architectures;

/** One package. */
export interface PackagePlan {
  readonly name: string;
  readonly program: "agent" | "publisher" | "console";
  readonly architectures: readonly Architecture[];
  readonly summary: string;
  /** Lines of at most 76 characters. */
  readonly description: readonly string[];
  /** The user that the program runs as, of a group of the same name. */
  readonly user: string;
  /** That user's home; only a name, never made by making the user. */
  readonly home: string;
  readonly files: readonly PackagedFile[];
  readonly links: readonly PackagedLink[];
  readonly folders: readonly PackagedFolder[];
  /** Stopped and disabled when the package is removed. */
  readonly units: readonly string[];
  /** Restarted by an upgrade if they run; nothing is ever started that did not. */
  readonly restarted: readonly string[];
  /** Deleted by a purge. */
  readonly purged: readonly string[];
  /** What even a purge leaves, as an object of "leaves". */
  readonly left: string;
}

/** What a Node.js executable needs of the system: versions of symbols, as a test reads them from it. */
export const needs = {
  glibc: "2.28",
  glibcxx: "3.4.21",
  cxxabi: "1.3.11",
  gcc: "3.4",
  /** The first libstdc++ with CXXABI 1.3.11, and thereby with GLIBCXX 3.4.21. */
  libstdcxx: "7",
} as const;

/** The version in the order that package managers know: 1.0.0-rc.1 comes before 1.0.0. */
export const packageVersion = (version: string): string => version.replaceAll("-", "~");
