/** Whether the consumer of each database can be asked, and uses what is installed. */
import { resolve } from "node:path";
import { toVouchsafeError } from "../../../protocol/errors.ts";
import type { CommandConsumer, ConsumerConfig, SuricataConsumer } from "../../config/types.ts";
import { withControl } from "../../consumer/suricata/control.ts";
import type { DoctorContext } from "../context.ts";
import { type Check, type Finding, failure, failureOf, ok } from "../findings.ts";
import { judgeClamd } from "./clamd.ts";
import { askMs, judgeProgram, type Subject, socketAdvice } from "./consumer-subject.ts";

async function judgeSuricata(
  context: DoctorContext,
  { name, installed: { path }, signal }: Subject,
  { socket, suricata }: SuricataConsumer,
): Promise<readonly Finding[]> {
  const program = await judgeProgram(context, name, suricata);
  const who = `The Suricata of ${name}`;
  try {
    const { message: folder } = await withControl(
      socket,
      { who, timeoutMs: askMs, signal },
      (control) => control.ask("conf-get", { variable: "default-rule-path" }),
    );
    if (typeof folder === "string" && resolve(folder) === resolve(path)) {
      return [...program, ok(`${who} answers and reads ${path}.`)];
    }
    const message = `${who} reads another folder than ${path}.`;
    const advice = `Set default-rule-path: ${path} in suricata.yaml and restart Suricata.`;
    return [...program, failure("consumer.confirm-failed", message, advice)];
  } catch (error) {
    return [...program, failureOf(error, socketAdvice("suricata"))];
  }
}

async function judgeCommands(
  context: DoctorContext,
  { name }: Subject,
  { trial, reload, confirm }: CommandConsumer,
): Promise<readonly Finding[]> {
  const programs = [trial, reload, confirm].flatMap((argv) =>
    argv === undefined ? [] : [argv[0]],
  );
  const findings: Finding[] = [];
  for (const path of new Set(programs)) findings.push(...(await judgeProgram(context, name, path)));
  return findings.length > 0 ? findings : [ok(`${name}: the programs are there and may be run.`)];
}

function judgeConsumer(
  context: DoctorContext,
  subject: Subject,
  consumer: ConsumerConfig,
): Promise<readonly Finding[]> {
  switch (consumer.type) {
    case "none":
      return Promise.resolve([ok(`${subject.name} has no consumer that could be asked.`)]);
    case "command":
      return judgeCommands(context, subject, consumer);
    case "clamav":
      return judgeClamd(context, subject, consumer);
    case "suricata":
      return judgeSuricata(context, subject, consumer);
  }
}

export const consumersCheck: Check = {
  id: "consumers",
  title:
    "each database's consumer: clamd answers and has loaded what is installed, Suricata reads the right folder, programs exist and may be run",
  run: async (context, signal) => {
    const installed = await context.installed();
    const looked = [...context.config.databases].map(async ([name, { consumer }]) => {
      const found = installed.get(name);
      if (found === undefined) return [];
      const subject = { name, installed: found, signal };
      return judgeConsumer(context, subject, consumer).catch((error: unknown) => {
        signal.throwIfAborted();
        return [failureOf(toVouchsafeError(error))];
      });
    });
    return (await Promise.all(looked)).flat();
  },
};
