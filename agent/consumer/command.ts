/**
 * `consumer: command`: programs of the operator. No shell, a small environment of its own, bounded
 * time and output. Exit code 0 is good; 75 (EX_TEMPFAIL of sysexits.h) says that the consumer
 * cannot be asked now; anything else is a refusal.
 */
import process from "node:process";
import type { ProcessOptions, ProcessResult } from "../../host/process.ts";
import { windowsFolder } from "../../host/windows-folder.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { Argv, CommandConsumer } from "../config/types.ts";
import { searchPath } from "../platform/search-path.ts";
import { argvAs, couldNotBecome, type FindAccount } from "./as-user.ts";
import type { Consumer, Subject } from "./consumer.ts";

/** Runs a program to its end (host/process.ts `runProcess`). */
export type RunProgram = (argv: Argv, options: ProcessOptions) => Promise<ProcessResult>;

const temporaryFailure = 75;
const maxOutputBytes = 64 * 1024;
const maxTailCharacters = 400;

/** The end of what a program said, as part of one sentence: one line, printable, bounded. */
export function tailOf({ stdout, stderr }: Pick<ProcessResult, "stdout" | "stderr">): string {
  const said = stderr.trim() === "" ? stdout : stderr;
  const clean = said.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffd]+/gu, " ").trim();
  if (clean === "") return "";
  return clean.length > maxTailCharacters ? `…${clean.slice(-maxTailCharacters)}` : clean;
}

function environmentFor({ database, path, version }: Subject): Readonly<Record<string, string>> {
  return {
    PATH: searchPath(process.platform, windowsFolder()),
    LANG: "C.UTF-8",
    VOUCHSAFE_DATABASE: database,
    VOUCHSAFE_GENERATION: path,
    VOUCHSAFE_RELEASE: String(version),
  };
}

function outcomeOf({ code, signal, timedOut }: ProcessResult, timeoutMs: number): string {
  if (timedOut) return `did not end within ${timeoutMs / 1000} s`;
  if (code === null) return `was ended by ${signal ?? "a signal"}`;
  return `ended with exit code ${code}`;
}

/** A consumer whose three questions are programs; one that is not configured counts as a yes. */
export function commandConsumer(
  settings: CommandConsumer,
  run: RunProgram,
  findAccount: FindAccount,
): Consumer {
  const { timeoutMs, user } = settings;

  /** The words that run the program as its user. */
  async function asUser(argv: Argv, name: string): Promise<Argv> {
    if (user === undefined) return argv;
    const account = await findAccount(user);
    if (account !== undefined) return argvAs(account, argv);
    throw new VouchsafeError("consumer.unreachable", `${name} cannot run: no user ${user}.`);
  }

  async function ask(
    what: string,
    refusal: ErrorCode,
    argv: Argv | undefined,
    subject: Subject,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (argv === undefined) return;
    const name = `The ${what} command of ${subject.database}`;
    const result = await start(await asUser(argv, name), name, subject, signal);
    if (result.code === 0 && !result.timedOut) return;
    if (user !== undefined && couldNotBecome(result)) {
      const why = "`vouchsafe-agent config check` shows what the service needs for it";
      const message = `${name} could not be run as ${user}: ${tailOf(result)} (${why}).`;
      throw new VouchsafeError("consumer.unreachable", message);
    }
    const tail = tailOf(result);
    const message = `${name} ${outcomeOf(result, timeoutMs)}${tail === "" ? "" : `: ${tail}`}`;
    const unreachable = result.code === temporaryFailure && !result.timedOut;
    throw new VouchsafeError(
      unreachable ? "consumer.unreachable" : refusal,
      /[.!?]$/.test(message) ? message : `${message}.`,
    );
  }

  async function start(
    argv: Argv,
    name: string,
    subject: Subject,
    signal: AbortSignal | undefined,
  ): Promise<ProcessResult> {
    try {
      return await run(argv, {
        env: environmentFor(subject),
        cwd: "/",
        timeoutMs,
        maxOutputBytes,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      const message = `${name} cannot be started: ${argv[0]}.`;
      throw new VouchsafeError("consumer.unreachable", message, { cause });
    }
  }

  return {
    trial: (subject, signal) =>
      ask("trial", "consumer.trial-failed", settings.trial, subject, signal),
    reload: (subject, signal) =>
      ask("reload", "consumer.confirm-failed", settings.reload, subject, signal),
    confirm: (subject, signal) =>
      ask("confirm", "consumer.confirm-failed", settings.confirm, subject, signal),
  };
}
