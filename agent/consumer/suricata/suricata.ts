/**
 * `consumer: suricata`. Its reload answers "done" whatever came of it, and a Suricata that reads
 * another folder reloads well for ever: both are asked for before and after.
 */
import { resolve } from "node:path";
import type { Clock } from "../../../host/clock.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import type { SuricataConsumer } from "../../config/types.ts";
import type { Consumer, Subject } from "../consumer.ts";
import type { DialogueOptions } from "../dialogue.ts";
import { checkOperatorsFile, type ProgramPorts, runLimited } from "../limited-program.ts";
import { type ScratchPorts, withScratch } from "../scratch.ts";
import { type Control, withControl } from "./control.ts";
import { type Ruleset, rulesetOf, shortfallOf } from "./ruleset.ts";
import { suricataArgv, trialResultOf } from "./trial.ts";

/** The machine as this consumer needs it. */
export interface SuricataPorts extends ProgramPorts, ScratchPorts {
  readonly clock: Clock;
}

const commandTimeoutMs = 10_000;
const pauseMs = 500;

async function askRuleset(control: Control): Promise<Ruleset | undefined> {
  const stats = await control.ask("ruleset-stats");
  const times = await control.ask("ruleset-reload-time");
  return stats.ok && times.ok ? rulesetOf(stats.message, times.message) : undefined;
}

/**
 * A Suricata whose `default-rule-path` is the database's `current`.
 *
 * @param current absolute path
 */
export function suricataConsumer(
  settings: SuricataConsumer,
  current: string,
  ports: SuricataPorts,
): Consumer {
  const { socket, config, suricata, waitMs, timeoutMs } = settings;
  const { fs, clock } = ports;
  /** Of this process: what the last trial loaded, and when the rules in use were loaded before. */
  const known: { trial?: { version: number; rules: number | undefined }; reloadedAt?: string } = {};

  const asking = (
    { database }: Subject,
    signal: AbortSignal | undefined,
    ms = commandTimeoutMs,
  ): DialogueOptions => ({ who: `The Suricata of ${database}`, timeoutMs: ms, signal });

  async function checkRulePath(subject: Subject, signal: AbortSignal | undefined): Promise<void> {
    const variable = { variable: "default-rule-path" };
    const { message } = await withControl(socket, asking(subject, signal), (control) =>
      control.ask("conf-get", variable),
    );
    if (typeof message === "string" && resolve(message) === resolve(current)) return;
    throw new VouchsafeError(
      "consumer.unreachable",
      `Suricata does not use ${subject.database}: its default-rule-path is not ${current}.`,
    );
  }

  async function trial(subject: Subject, signal?: AbortSignal): Promise<void> {
    await checkRulePath(subject, signal);
    await checkOperatorsFile(fs, config);
    const result = await withScratch(ports, (folder) =>
      runLimited(ports, suricataArgv(suricata, config, subject.path, folder), settings, { signal }),
    );
    const judged = trialResultOf(result, timeoutMs);
    if ("rules" in judged) {
      known.trial = { version: subject.version, rules: judged.rules };
      return;
    }
    const message = `With release ${subject.version} of ${subject.database}, suricata -T ${judged.refusal}`;
    throw new VouchsafeError("consumer.trial-failed", `${message.replace(/\.$/, "")}.`);
  }

  async function reload(subject: Subject, signal?: AbortSignal): Promise<void> {
    const deadline = clock.monotonicMs() + waitMs;
    for (;;) {
      const done = await withControl(socket, asking(subject, signal, waitMs), async (control) => {
        const before = await askRuleset(control);
        if (before !== undefined) known.reloadedAt = before.reloadedAt;
        return (await control.ask("reload-rules")).ok;
      });
      if (done) return;
      // It says no while another reload is under way.
      if (clock.monotonicMs() + pauseMs > deadline) {
        const message = `Suricata does not reload release ${subject.version} of ${subject.database}.`;
        throw new VouchsafeError("consumer.confirm-failed", message);
      }
      await clock.sleep(pauseMs, signal);
    }
  }

  async function confirm(subject: Subject, signal?: AbortSignal): Promise<void> {
    const now = await withControl(socket, asking(subject, signal), askRuleset);
    const rules = known.trial?.version === subject.version ? known.trial.rules : undefined;
    const expected = { rules, reloadedAt: known.reloadedAt };
    const shortfall = now === undefined ? "it does not tell its rules" : shortfallOf(now, expected);
    if (shortfall === undefined) return;
    const message = `Suricata has not loaded release ${subject.version} of ${subject.database}: ${shortfall}.`;
    throw new VouchsafeError("consumer.confirm-failed", message);
  }

  return { trial, reload, confirm };
}
