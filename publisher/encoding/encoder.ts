/** Where encodings are made: short work at once, long work in threads that are started for it. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { Encoded, EncodingJob, WorkerAnswer } from "./job.ts";
import { makeEncoding } from "./make-encoding.ts";
import { workerSource } from "./worker-source.ts";

/** Makes encodings; close it in the end. */
export interface Encoder {
  /** @throws VouchsafeError repository.incomplete, disk.*; the signal's reason */
  encode(job: EncodingJob): Promise<Encoded>;
  close(): Promise<void>;
}

/** What takes less is not worth starting a thread. Bytes. */
const minThreadBytes = 1024 * 1024;
/** Each works in memory: with more, large files would not fit. */
const maxThreads = 4;

function startWorker(): Worker {
  if (workerSource !== undefined) return new Worker(workerSource, { eval: true });
  return new Worker(new URL("worker.ts", import.meta.url));
}

/** Sends one job to a worker that has no other. */
function ask(worker: Worker, job: EncodingJob, signal: AbortSignal): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error("the encoding worker ended"));
    const aborted = (): void => reject(signal.reason);
    const settle = (): void => {
      worker.off("message", answered).off("error", failed).off("exit", gone);
      signal.removeEventListener("abort", aborted);
    };
    const answered = (answer: WorkerAnswer): void => {
      settle();
      resolve(answer);
    };
    const failed = (error: unknown): void => {
      settle();
      reject(error);
    };
    worker.on("message", answered).on("error", failed).on("exit", gone);
    signal.addEventListener("abort", aborted, { once: true });
    if (signal.aborted) aborted();
    else worker.postMessage(job, []);
  });
}

/** An encoder whose threads end with {@link Encoder.close}. */
export function openEncoder(fs: FileSystem, signal: AbortSignal): Encoder {
  const threads = Math.min(maxThreads, availableParallelism());
  const idle: Worker[] = [];
  const all: Worker[] = [];
  const waiting: ((worker: Worker) => void)[] = [];

  function takeWorker(): Worker | Promise<Worker> {
    const free = idle.pop();
    if (free !== undefined) return free;
    if (all.length >= threads) return new Promise((resolve) => waiting.push(resolve));
    const worker = startWorker();
    all.push(worker);
    return worker;
  }

  function giveBack(worker: Worker): void {
    const next = waiting.shift();
    if (next === undefined) idle.push(worker);
    else next(worker);
  }

  async function inThread(job: EncodingJob): Promise<Encoded> {
    const worker = await takeWorker();
    try {
      const answer = await ask(worker, job, signal);
      if (!("failure" in answer)) return answer;
      throw new VouchsafeError("repository.incomplete", answer.failure);
    } finally {
      giveBack(worker);
    }
  }

  async function atOnce(job: EncodingJob): Promise<Encoded> {
    const start = performance.now();
    const bytes = await makeEncoding(fs, job, 1);
    return { bytes, seconds: (performance.now() - start) / 1000 };
  }

  return {
    encode: (job) => {
      const small = job.file.length + (job.kind === "delta" ? job.base.length : 0);
      return small < minThreadBytes ? atOnce(job) : inThread(job);
    },
    close: async () => {
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}
