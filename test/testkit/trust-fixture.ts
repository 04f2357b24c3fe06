/** A repository in memory, a trust store in a temporary folder, and a clock, made anew for each test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { openTrust } from "../../agent/trust/client.ts";
import type { ProvenMoment } from "../../agent/trust/clock.ts";
import type { MetadataFetcher } from "../../agent/trust/types.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { type MemoryFetcher, memoryFetcher } from "./memory-fetcher.ts";
import { type MemoryPublisher, memoryPublisher } from "./memory-publisher.ts";

/** Milliseconds of a day. */
export const day = 86_400_000;

/** Matches a VouchsafeError of that code. */
export const codeOf = (code: string): unknown => expect.objectContaining({ code });

/**
 * Sets up `daily` release 1 before each test of the file and removes everything after it.
 */
export function trustFixture() {
  const start = Date.UTC(2026, 5, 1);
  const at: { now: number; dir: string; publisher: MemoryPublisher; fetcher: MemoryFetcher } = {
    now: start,
    dir: "",
    publisher: Object.create(null),
    fetcher: Object.create(null),
  };

  beforeEach(async () => {
    at.now = start;
    at.dir = await mkdtemp(join(tmpdir(), "vouchsafe-trust-"));
    at.publisher = await memoryPublisher(() => at.now);
    at.publisher.addDatabase("daily");
    at.publisher.release("daily", { "main.txt": "one" }, { label: "first" });
    await at.publisher.publish();
    at.fetcher = memoryFetcher(at.publisher.files);
  });
  afterEach(() => rm(at.dir, { recursive: true, force: true }));

  const open = (
    overrides: {
      bootstrapRoot?: Buffer;
      plain?: boolean;
      proven?: ProvenMoment;
      fetcher?: MetadataFetcher;
    } = {},
  ) =>
    openTrust({
      fs: nodeFileSystem,
      dir: join(at.dir, "trust"),
      marksFile: join(at.dir, "marks.json"),
      bootstrapRoot: at.publisher.root,
      fetcher: at.fetcher,
      clock: { now: () => new Date(at.now) },
      plain: false,
      ...overrides,
    });

  return Object.assign(at, {
    open,
    /** One check, and the release that it leads to. */
    check: async () => {
      const trust = await open();
      const { changed } = await trust.refresh();
      return { changed, release: await trust.release("daily") };
    },
    /** Publishes the next release of `daily`. */
    publishNext: async (content: string) => {
      at.publisher.release("daily", { "main.txt": content });
      await at.publisher.publish();
    },
  });
}
