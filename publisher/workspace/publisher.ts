/** The handle on a working folder that every step gets: ports, paths, settings. */
import type { Clock } from "../../host/clock.ts";
import { lstatIfExists } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { acquireLock } from "../../host/lock.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { readSettings, type Settings } from "./settings.ts";

/** The ports that the publisher's steps use. */
export interface Ports {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told how many bytes of a long piece of work are done. */
  readonly progress: ProgressSource;
}

/** Starts to show one piece of work; amounts in bytes. */
export type ProgressSource = (label: string) => {
  update(done: number, total: number): void;
  end(): void;
};

/** An opened working folder. */
export interface Publisher extends Ports {
  readonly layout: Layout;
  readonly settings: Settings;
}

/** How long one command waits for another on the same folder, in milliseconds. */
const lockWaitMs = 10_000;

/**
 * Opens a working folder.
 * @throws VouchsafeError config.*, format.newer, disk.*
 */
export async function openPublisher(ports: Ports, dir: string): Promise<Publisher> {
  const layout = layoutOf(dir);
  return { ...ports, layout, settings: await readSettings(ports.fs, layout) };
}

/**
 * Does work while no other command changes the folder.
 * @throws VouchsafeError busy.locked
 */
export async function withLock<T>(publisher: Publisher, work: () => Promise<T>): Promise<T> {
  const { clock, signal, layout } = publisher;
  const lock = await acquireLock(layout.lock, { waitMs: lockWaitMs, clock, signal });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Whether anything lies at the path. */
export async function exists(fs: FileSystem, path: string): Promise<boolean> {
  return (await lstatIfExists(fs, path)) !== undefined;
}
