/**
 * The worker's program as text. From source there is none, for the worker's file is at hand; the
 * build puts the bundled worker here, because inside one executable no file can be named
 * (build/worker-source.ts).
 */
export const workerSource: string | undefined = undefined;
