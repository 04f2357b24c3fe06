/** The thread that makes encodings: one job at a time, as long as it is asked. */
import { availableParallelism } from "node:os";
import { parentPort } from "node:worker_threads";
import { nodeFileSystem } from "../../host/file-system.ts";
import { toVouchsafeError } from "../../protocol/errors.ts";
import type { EncodingJob, WorkerAnswer } from "./job.ts";
import { makeEncoding } from "./make-encoding.ts";

async function answerTo(job: EncodingJob): Promise<WorkerAnswer> {
  const start = performance.now();
  try {
    const bytes = await makeEncoding(nodeFileSystem, job, availableParallelism());
    return { bytes, seconds: (performance.now() - start) / 1000 };
  } catch (error) {
    return { failure: toVouchsafeError(error).message };
  }
}

parentPort?.on("message", (job: EncodingJob) => {
  void answerTo(job).then((answer) => parentPort?.postMessage(answer, []));
});
