/** The two clients, each with its own state that lives through several checks. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaseFetcher, Updater } from "tuf-js";
import { DownloadHTTPError, DownloadLengthMismatchError } from "tuf-js/dist/error.js";
import { openTrust } from "../../../agent/trust/client.ts";
import { findTarget } from "../../../agent/trust/lookup.ts";
import { bootstrap, restore } from "../../../agent/trust/restore.ts";
import { loadTrust, readBlob } from "../../../agent/trust/store.ts";
import type { MetadataFetcher } from "../../../agent/trust/types.ts";
import { type Sha256, sha256 } from "../../../protocol/bytes.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { memoryFetcher } from "../../testkit/memory-fetcher.ts";
import { memoryFileSystem } from "../../testkit/memory-file-system.ts";

/** What a refresh and a look-up came to. */
export interface Outcome {
  /** Whether the refresh was accepted. */
  readonly refreshed: boolean;
  /** Length and sha256 of the target found, if any. */
  readonly target?: string;
  /** Code and message of whatever was refused. */
  readonly error?: string;
  /** An error that is none of those we define: a defect. */
  readonly crash?: unknown;
}

/** A client that can be run again and again on what a mirror serves. */
export interface Client {
  check(files: ReadonlyMap<string, Buffer>, path: string): Promise<Outcome>;
  close(): void;
}

type Files = ReadonlyMap<string, Buffer>;

const places = { dir: "/trust", marksFile: "/marks.json" };

/** Our client, its store in memory. */
export function ourClient(bootstrapRoot: Buffer, now: number): Client {
  const fs = memoryFileSystem();
  const start = bootstrap(bootstrapRoot);
  /** Roles that earlier searches read, as the store keeps those of releases. */
  const found = new Map<Sha256, Buffer>();

  /** Searches a target with what the refresh left in the store. */
  async function find(path: string, fetcher: MetadataFetcher): Promise<string | undefined> {
    const { stored } = await loadTrust(fs, places);
    const state = restore(start, stored?.files ?? new Map());
    const kept = async (digest: Sha256) => found.get(digest) ?? readBlob(fs, places.dir, digest);
    const reading = { now, strictness: "both" } as const;
    const { target, state: reached } = await findTarget(state, path, { fetcher, kept }, reading);
    for (const bytes of reached.files.values()) found.set(sha256(bytes), bytes);
    return target && `${target.length} ${target.hashes.get("sha256")}`;
  }

  return {
    check: async (files, path) => {
      const served = new Map([...files].map(([name, bytes]) => [`metadata/${name}`, bytes]));
      const fetcher = memoryFetcher(served);
      const clock = { now: () => new Date(now) };
      let refreshed = false;
      try {
        const options = { fs, ...places, bootstrapRoot, fetcher, clock, plain: true };
        await (await openTrust(options)).refresh();
        refreshed = true;
        const target = await find(path, fetcher);
        return { refreshed, ...(target === undefined ? {} : { target }) };
      } catch (error) {
        if (!(error instanceof VouchsafeError)) return { refreshed, crash: error };
        const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
        return { refreshed, error: `${error.code}: ${error.message}${cause}` };
      }
    },
    close: () => {},
  };
}

/** Serves a map to tuf-js, with its caps, and without files between. */
class MapFetcher extends BaseFetcher {
  readonly files: Files;

  constructor(files: Files) {
    super();
    this.files = files;
  }

  read(url: string): Buffer {
    const bytes = this.files.get(new URL(url).pathname.slice(1));
    if (bytes === undefined) throw new DownloadHTTPError("not found", 404);
    return bytes;
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return new Blob([new Uint8Array(this.read(url))]).stream();
  }

  override async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const bytes = this.read(url);
    if (bytes.length > maxLength) throw new DownloadLengthMismatchError("Max length reached");
    return bytes;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** tuf-js with its metadata in a temporary folder. */
export function tufJsClient(bootstrapRoot: Buffer): Client {
  const dir = mkdtempSync(join(tmpdir(), "vouchsafe-fuzz-"));
  mkdirSync(join(dir, "metadata"));
  writeFileSync(join(dir, "metadata", "root.json"), bootstrapRoot);
  return {
    check: async (files, path) => {
      let refreshed = false;
      try {
        const updater = new Updater({
          metadataDir: join(dir, "metadata"),
          metadataBaseUrl: "http://memory.invalid/",
          fetcher: new MapFetcher(
            new Map([...files].map(([name, bytes]) => [encodeURI(name), bytes])),
          ),
        });
        await updater.refresh();
        refreshed = true;
        const target = await updater.getTargetInfo(path);
        if (target === undefined) return { refreshed };
        return { refreshed, target: `${target.length} ${target.hashes?.["sha256"]}` };
      } catch (error) {
        return { refreshed, error: describe(error) };
      }
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
