/**
 * From a command line to an exit code. Loads nothing but the verb that is called, and makes sure
 * that with `--json` there is exactly one document on standard output, whatever happens.
 */
import { errorDocument, exitCodeOf, toVouchsafeError } from "../../protocol/errors.ts";
import { printable } from "./format.ts";
import { describeProgram, describeVerb, programHelp, verbHelp } from "./help.ts";
import { interruptedExitCode } from "./interruption.ts";
import { makeOptions } from "./options.ts";
import { makeOutput, type TrackedOutput } from "./output.ts";
import { type Call, parseCommandLine, wantsJson } from "./parse.ts";
import type { CliIo, Program, VerbModule } from "./types.ts";

/** The document of an error when its verb has no other. */
export function failureDocument(error: unknown): unknown {
  return { result: "failed", error: errorDocument(error) };
}

/** In words, on standard error. What a server put into a message must not steer the terminal. */
function tellError(program: Program, io: CliIo, error: unknown, verbose: boolean): void {
  const { message, advice, cause, stack } = toVouchsafeError(error);
  const causeText = cause instanceof Error ? `caused by ${cause.stack ?? cause.message}\n` : "";
  const origin = verbose ? `${stack ?? ""}\n${causeText}` : "";
  io.stderr.write(printable(`${program.name}: ${message}\n  what to do: ${advice}\n${origin}`));
}

function showHelp(program: Program, call: Call & { kind: "help" }, out: TrackedOutput): number {
  const { verb } = call;
  out.json(verb === undefined ? describeProgram(program) : describeVerb(program, verb));
  out.line(verb === undefined ? programHelp(program) : verbHelp(program, verb));
  return 0;
}

async function showVersion(program: Program, out: TrackedOutput): Promise<number> {
  const { version, commit, runtime } = program.version;
  const { bundleSha256 } = await import("../bundle-hash.ts");
  const bundle = bundleSha256();
  const sha256 = bundle === undefined ? {} : { bundleSha256: bundle };
  out.json({ program: program.name, ...program.version, ...sha256 });
  out.line(`${program.name} ${version} (${commit}, ${runtime})`);
  return 0;
}

async function runVerb(
  program: Program,
  call: Call & { kind: "run" },
  io: CliIo,
  out: TrackedOutput,
): Promise<number> {
  const { verb, positionals } = call;
  let module: VerbModule | undefined;
  try {
    module = verb.load === undefined ? verb : await verb.load();
    const { stderr, env, clock, signal } = io;
    const options = makeOptions(call.values);
    const code = await module.run({
      program,
      verb,
      options,
      positionals,
      out,
      env,
      get stdin() {
        return io.stdin;
      },
      stderr,
      clock,
      signal,
    });
    if (!out.documentPrinted()) out.json({ result: code === 0 ? "done" : "failed" });
    return code;
  } catch (error) {
    const late = out.documentPrinted();
    if (!late) out.json((module?.failure ?? failureDocument)(error));
    if (!out.isJson || out.isVerbose || late) tellError(program, io, error, out.isVerbose);
    return interruptedExitCode(io.signal) ?? exitCodeOf(error);
  }
}

/**
 * Runs a program.
 * @param argv the words after the program's name
 * @returns the exit code (design.md, Command line); never throws
 */
export async function main(program: Program, argv: readonly string[], io: CliIo): Promise<number> {
  const output = (json: boolean, quiet: boolean, verbose: boolean): TrackedOutput =>
    makeOutput({ ...io, program: program.name, json, quiet, verbose });
  try {
    const call = parseCommandLine(program, argv, io.env);
    if (call.kind === "help") return showHelp(program, call, output(call.json, false, false));
    if (call.kind === "version") return await showVersion(program, output(call.json, false, false));
    const { values } = call;
    const out = output(
      values["json"] === true,
      values["quiet"] === true,
      values["verbose"] === true,
    );
    return await runVerb(program, call, io, out);
  } catch (error) {
    if (wantsJson(argv)) output(true, false, false).json(failureDocument(error));
    else tellError(program, io, error, false);
    return exitCodeOf(error);
  }
}
