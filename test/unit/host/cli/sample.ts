/** A small program, and a process in memory to run it in. */
import { PassThrough, Readable } from "node:stream";
import type { CliIo, Program, RunVerb, Verb } from "../../../../host/cli/types.ts";

const update = (run: RunVerb): Verb => ({
  name: "update",
  summary: "Check for new releases and install them",
  description: "Longer text.",
  positionals: [{ name: "DATABASE", summary: "Only these", many: true }],
  options: {
    now: { type: "boolean", short: "n", summary: "Skip the schedule" },
    reason: { type: "string", value: "TEXT", summary: "Why", env: "SAMPLE_REASON" },
    only: { type: "string", value: "NAME", summary: "Restrict", multiple: true },
  },
  examples: ["sample update --now daily"],
  exitCodes: [{ code: 8, meaning: "held" }],
  run,
});

const keyNew: Verb = {
  name: "key new",
  summary: "Make a key",
  positionals: [{ name: "NAME", summary: "Its name", required: true }],
  options: { dir: { type: "string", value: "DIR", summary: "Where", required: true } },
  run: async () => 0,
};

const keyList: Verb = {
  name: "key list",
  summary: "List keys",
  positionals: [],
  options: {},
  load: async () => ({ run: async () => 0 }),
};

/** The program; `run` is what "update" does. */
export function sampleProgram(run: RunVerb = async () => 0): Program {
  return {
    name: "sample",
    summary: "Shows how a program is described",
    verbs: [update(run), keyNew, keyList],
    version: { version: "1.2.3", commit: "abc", runtime: "node 24.0.0" },
  };
}

/** A process without a terminal whose outputs can be read. */
export function memoryIo(changes: Partial<CliIo> = {}) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const io: CliIo = {
    stdin: Readable.from([]),
    stdout,
    stderr,
    stderrIsTerminal: false,
    env: {},
    clock: { now: () => new Date(0), monotonicMs: () => 0, sleep: async () => undefined },
    signal: new AbortController().signal,
    ...changes,
  };
  const read = (stream: PassThrough): string => String(stream.read() ?? "");
  return { io, out: () => read(stdout), err: () => read(stderr) };
}
