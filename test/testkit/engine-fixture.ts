/** A publisher in memory, a state folder and an engine over them, made anew for each test. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Consumer } from "../../agent/consumer/consumer.ts";
import { noConsumer } from "../../agent/consumer/none.ts";
import { symlinkPointer } from "../../agent/platform/linux/pointer.ts";
import type { Pointer } from "../../agent/platform/pointer.ts";
import type { DatabasePolicy } from "../../agent/policy/decide.ts";
import type { HistorySigner } from "../../agent/store/history-head.ts";
import type { Repository } from "../../agent/transfer/repository.ts";
import { openTrust } from "../../agent/trust/client.ts";
import type { TrustClient } from "../../agent/trust/types.ts";
import { runUpdate } from "../../agent/update/run-update.ts";
import type {
  DatabaseOutcome,
  ProgressEvent,
  UpdateContext,
  UpdateOutcome,
  UpdateRequest,
} from "../../agent/update/types.ts";
import { systemClock } from "../../host/clock.ts";
import { removeTree } from "../../host/durable.ts";
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";
import { silentLog } from "../../host/log.ts";
import { ed25519PublicKey, signEd25519 } from "../../protocol/ed25519.ts";
import { agentIdOf } from "../../protocol/report/identity.ts";
import { type MemoryPublisher, memoryPublisher } from "./memory-publisher.ts";
import { memoryRepository } from "./memory-repository.ts";

/** What a test may choose. */
export interface EngineOptions {
  readonly fs?: FileSystem;
  /** Instead of the pointer of a Unix system. */
  readonly pointer?: Pointer;
  readonly consumer?: Consumer;
  readonly repository?: Repository;
  /** Instead of a trust client on the state folder; for tests that run hundreds of updates. */
  readonly trust?: TrustClient;
  readonly keep?: number;
  readonly names?: readonly string[];
  readonly agentVersion?: string;
  readonly now?: () => Date;
  readonly lockWaitMs?: number;
  readonly policy?: DatabasePolicy;
  readonly selfCheckMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** The engine and what it works on. `daily` is its database. */
export interface EngineFixture {
  readonly publisher: MemoryPublisher;
  /** The state folder. */
  readonly state: string;
  context(options?: EngineOptions): UpdateContext;
  /** Publishes the next release of a database. */
  publish(files: Readonly<Record<string, Uint8Array | string>>, name?: string): Promise<void>;
  update(options?: EngineOptions, request?: Partial<UpdateRequest>): Promise<UpdateOutcome>;
  /** The outcome of `daily` of one update. */
  updateDaily(options?: EngineOptions): Promise<DatabaseOutcome>;
  /** Content of a file of the current generation, or undefined. */
  read(path: string, name?: string): string | undefined;
  /** The generation that `current` points to. */
  current(name?: string): string | undefined;
  /** Everything in the folder of generations. */
  generations(name?: string): readonly string[];
  /** Everything that an update leaves behind and should not. */
  leftovers(name?: string): readonly string[];
  remove(): Promise<void>;
}

/** An agent's key, made now. */
export function freshSigner(): HistorySigner {
  const seed = randomBytes(32);
  const publicKey = ed25519PublicKey(seed);
  const sign = (message: Uint8Array) => signEd25519(seed, message);
  return { agent: agentIdOf(publicKey), publicKey, sign };
}

/** Makes the fixture; `daily` has no release yet. */
export async function engineFixture(
  prefix = "vouchsafe-engine-",
  publisherClock: () => number = Date.now,
): Promise<EngineFixture> {
  const state = join(mkdtempSync(join(tmpdir(), prefix)), "state");
  const publisher = await memoryPublisher(publisherClock);
  publisher.addDatabase("daily");
  const signer = freshSigner();
  const databaseDir = (name: string) => join(state, "databases", name);

  function context(options: EngineOptions = {}): UpdateContext {
    const fs = options.fs ?? nodeFileSystem;
    const repository = options.repository ?? memoryRepository(publisher.files);
    const clock = { ...systemClock, ...(options.now === undefined ? {} : { now: options.now }) };
    return {
      fs,
      pointer: options.pointer ?? symlinkPointer(fs),
      clock,
      randomBytes,
      log: silentLog,
      state,
      uid: process.getuid?.(),
      databases: (options.names ?? ["daily"]).map((name) => ({
        name,
        keep: options.keep ?? 2,
        consumer: options.consumer ?? noConsumer,
        ...(options.policy === undefined ? {} : { policy: options.policy }),
      })),
      identity: async () => signer,
      lockWaitMs: options.lockWaitMs ?? 0,
      repository,
      agentVersion: options.agentVersion ?? "0.1.0",
      openTrust: async () =>
        options.trust ??
        openTrust({
          fs,
          dir: join(state, "trust"),
          marksFile: join(state, "databases", "marks.json"),
          bootstrapRoot: publisher.root,
          fetcher: repository.metadata,
          clock,
          plain: false,
        }),
      ...(options.selfCheckMs === undefined ? {} : { selfCheckMs: options.selfCheckMs }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    };
  }

  const update = (options: EngineOptions = {}, request: Partial<UpdateRequest> = {}) =>
    runUpdate(context(options), { now: true, force: false, planOnly: false, ...request });

  const list = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir) : []);

  return {
    publisher,
    state,
    context,
    update,
    publish: async (files, name = "daily") => {
      publisher.release(name, files);
      await publisher.publish();
    },
    updateDaily: async (options) => {
      const { databases, error } = await update(options);
      const daily = databases.find(({ name }) => name === "daily");
      if (daily === undefined) throw new Error(`no outcome of daily: ${error?.message}`);
      return daily;
    },
    read: (path, name = "daily") => {
      const file = join(databaseDir(name), "current", path);
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    },
    current: (name = "daily") => {
      const link = join(databaseDir(name), "current");
      return list(databaseDir(name)).includes("current")
        ? readlinkSync(link).replace("generations/", "")
        : undefined;
    },
    generations: (name = "daily") => list(join(databaseDir(name), "generations")).toSorted(),
    leftovers: (name = "daily") => {
      const folders = list(join(databaseDir(name), "generations"));
      const manifests = list(join(state, "engine", name, "generations"));
      return [
        ...folders.filter((entry) => !manifests.includes(`${entry}.json`)),
        ...manifests.filter((entry) => !folders.includes(entry.replace(/\.json$/, ""))),
        ...list(join(state, "engine", name)).filter(
          (entry) => entry !== "generations" && entry !== "record.json",
        ),
        ...list(databaseDir(name)).filter(
          (entry) => !["current", "current.json", "generations"].includes(entry),
        ),
      ];
    },
    remove: () => removeTree(nodeFileSystem, join(state, "..")),
  };
}
