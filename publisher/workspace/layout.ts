/** Where everything lies in a publisher's working folder (docs/publisher.md). */
import { join, resolve } from "node:path";

/** Absolute paths of a working folder. */
export interface Layout {
  readonly dir: string;
  /** Settings; the file that makes a folder a working folder. */
  readonly settings: string;
  readonly lock: string;
  /** The static files to serve, and nothing else. */
  readonly repository: string;
  readonly proposals: string;
  /** The highest version number that was ever given out, by database. */
  readonly versions: string;
  readonly outbox: string;
}

/** Modes of what is served to everybody, and of what is not. */
export const modes = {
  servedDir: 0o755,
  servedFile: 0o644,
  workDir: 0o750,
  workFile: 0o640,
  keysDir: 0o700,
} as const;

/** The layout of the working folder `dir`. */
export function layoutOf(dir: string): Layout {
  const root = resolve(dir);
  return {
    dir: root,
    settings: join(root, "publisher.json"),
    lock: join(root, "lock.sqlite"),
    repository: join(root, "repository"),
    proposals: join(root, "proposals"),
    versions: join(root, "versions.json"),
    outbox: join(root, "outbox"),
  };
}
