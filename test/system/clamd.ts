/** A real clamd with a small configuration of its own, on a socket in a temporary folder. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ping, type ScanAnswer, scan } from "../../agent/consumer/clamav/clamd.ts";
import { type Daemon, nobody, startDaemon } from "./machine.ts";

/** A clamd that runs. */
export interface Clamd extends Daemon {
  readonly socket: string;
  scan(text: string): Promise<ScanAnswer>;
}

/** How long a scan may take while a database is loaded beside it, in milliseconds. */
const scanTimeoutMs = 5000;

const threads = 2;
/** Bytes of address space that a process uses. */
function addressSpaceOf(pid: number): number {
  const size = /^VmSize:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(size) * 1024;
}

const asking = { who: "clamd", timeoutMs: scanTimeoutMs };

/**
 * Starts clamd as `nobody`.
 *
 * @param dir where its socket and configuration go; `nobody` must be able to write there
 * @param databases its DatabaseDirectory
 * @param spareBytes address space that it may take beyond what it has once it runs, or all
 */
export async function startClamd(
  dir: string,
  databases: string,
  spareBytes?: number,
): Promise<Clamd> {
  const socket = join(dir, "clamd.ctl");
  const config = join(dir, "clamd.conf");
  const lines = [
    `DatabaseDirectory ${databases}`,
    `LocalSocket ${socket}`,
    "Foreground yes",
    "SelfCheck 0",
    "ConcurrentDatabaseReload yes",
    "LogTime yes",
    `TemporaryDirectory ${dir}`,
    // Threads that are there before memory is short answer while it is; new ones could not start.
    `MaxThreads ${threads}`,
    "IdleTimeout 3600",
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const daemon = await startDaemon(
    ["/usr/sbin/clamd", `--config-file=${config}`],
    // One arena: the address space is then what is used, not what threads reserve.
    { ...nobody, env: { MALLOC_ARENA_MAX: "1" } },
    () => ping({ path: socket }, asking),
  );
  const scanText = (text: string) => scan({ path: socket }, asking, Buffer.from(text));
  await Promise.all(Array.from({ length: threads * 4 }, () => scanText("warm up")));
  if (spareBytes !== undefined) {
    const limit = addressSpaceOf(daemon.pid) + spareBytes;
    execFileSync("/usr/bin/prlimit", [`--pid=${daemon.pid}`, `--as=${limit}`], nobody);
  }
  return { ...daemon, socket, scan: scanText };
}

/** What a loop of scans saw. */
export interface Watch {
  /** Scans that were answered as they must be. */
  readonly answered: number;
  /** Those that were not: what came instead. */
  readonly gaps: readonly string[];
  readonly slowestMs: number;
}

/**
 * Scans harmless text over and over, from now until the returned function is called. Every scan
 * must be answered in time, and clean.
 */
export function watchScans(clamd: Clamd): () => Promise<Watch> {
  const gaps: string[] = [];
  let [answered, slowestMs] = [0, 0];
  const over = new AbortController();
  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const begun = performance.now();
      const answer = await clamd.scan("nothing of interest").catch((error: unknown) => error);
      slowestMs = Math.max(slowestMs, performance.now() - begun);
      if (JSON.stringify(answer) === '{"kind":"clean"}') answered += 1;
      else gaps.push(answer instanceof Error ? answer.message : JSON.stringify(answer));
      await delay(20);
    }
  };
  const running = loop();
  return async () => {
    over.abort();
    await running;
    return { answered, gaps, slowestMs };
  };
}
