/**
 * `consumer: clamav`. clamd answers "RELOADING" whatever comes of it, and keeps the old database
 * when the new one does not load: that the release is in use shows only when its canary is found.
 */
import type { Clock } from "../../../host/clock.ts";
import { lstatIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import type { Sha256 } from "../../../protocol/bytes.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import {
  canaryFile,
  canaryKinds,
  canaryName,
  canaryText,
} from "../../../protocol/release/canary.ts";
import type { ClamavConsumer } from "../../config/types.ts";
import type { Consumer, Subject } from "../consumer.ts";
import type { DialogueOptions } from "../dialogue.ts";
import { checkOperatorsFile, type ProgramPorts, runLimited } from "../limited-program.ts";
import { ping, reload, type ScanAnswer, scan } from "./clamd.ts";
import { clamscanArgv, harmlessText, refusalOf } from "./trial.ts";

/** The machine as this consumer needs it. */
export interface ClamavPorts extends ProgramPorts {
  readonly clock: Clock;
  /** SHA-256 of the repository's 1.root.json. */
  readonly repository: () => Promise<Sha256>;
}

const commandTimeoutMs = 10_000;
const firstPauseMs = 100;
const longestPauseMs = 2000;
const leastScanMs = 1000;

/** Why a scan of the canary is no proof; undefined if it is one. */
export function shortfallOf(answer: ScanAnswer, name: string): string | undefined {
  if (answer.kind === "clean") return "its canary is not found";
  if (answer.kind === "other") return `clamd answers: ${answer.said}`;
  if (answer.name === name || answer.name === `${name}.UNOFFICIAL`) return undefined;
  return `its canary is taken for ${answer.name.slice(0, 100)}`;
}

async function exists(fs: FileSystem, path: string): Promise<boolean> {
  return (await lstatIfExists(fs, path)) !== undefined;
}

/**
 * A clamd whose DatabaseDirectory is the database's `current`.
 *
 * @param current absolute path
 */
export function clamavConsumer(
  settings: ClamavConsumer,
  current: string,
  ports: ClamavPorts,
): Consumer {
  const { clamd, clamscan, samples, waitMs } = settings;
  const { fs, clock } = ports;

  const asking = (
    { database }: Subject,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): DialogueOptions => ({ who: `The clamd of ${database}`, timeoutMs, signal });

  async function checkCanary({ database, path, version }: Subject): Promise<void> {
    const names = new Set(await fs.readdir(path));
    if (canaryKinds.some((kind) => names.has(canaryFile(kind)))) return;
    const message = `Release ${version} of ${database} has no canary: that clamd loads it could not be proved.`;
    throw new VouchsafeError("consumer.trial-failed", message);
  }

  async function trial(subject: Subject, signal?: AbortSignal): Promise<void> {
    // Before the first installation there is nothing that clamd could have been started with.
    if (await exists(fs, current)) await ping(clamd, asking(subject, commandTimeoutMs, signal));
    for (const path of [...samples.infected, ...samples.clean]) await checkOperatorsFile(fs, path);
    await checkCanary(subject);
    const argv = clamscanArgv(clamscan, subject.path, samples);
    const result = await runLimited(ports, argv, settings, { input: harmlessText, signal });
    const refusal = refusalOf(result, samples, settings.timeoutMs);
    if (refusal === undefined) return;
    const message = `With release ${subject.version} of ${subject.database}, clamscan ${refusal}`;
    throw new VouchsafeError("consumer.trial-failed", `${message.replace(/\.$/, "")}.`);
  }

  async function confirm(subject: Subject, signal?: AbortSignal): Promise<void> {
    const of = { ...subject, repository: await ports.repository() };
    const [text, name] = [Buffer.from(canaryText(of)), canaryName(of)];
    const deadline = clock.monotonicMs() + waitMs;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const left = deadline - clock.monotonicMs();
      const options = asking(subject, Math.max(left, leastScanMs), signal);
      const shortfall = await scan(clamd, options, text).then(
        (answer) => shortfallOf(answer, name),
        (error: unknown) => {
          if (left <= pause) throw error;
          return "clamd cannot be asked";
        },
      );
      if (shortfall === undefined) return;
      if (left <= pause) {
        const message = `clamd has not loaded release ${subject.version} of ${subject.database} within ${waitMs / 1000} s: ${shortfall}.`;
        throw new VouchsafeError("consumer.confirm-failed", message);
      }
      await clock.sleep(pause, signal);
    }
  }

  return {
    trial,
    reload: (subject, signal) => reload(clamd, asking(subject, commandTimeoutMs, signal)),
    confirm,
  };
}
