/** Whether the consumer of each database can be asked, and uses what is installed. */
import { resolve } from "node:path";
import { toVouchsafeError } from "../../../protocol/errors.ts";
import { canaryName, canaryText } from "../../../protocol/release/canary.ts";
import type {
  ClamavConsumer,
  CommandConsumer,
  ConsumerConfig,
  SuricataConsumer,
} from "../../config/types.ts";
import { shortfallOf } from "../../consumer/clamav/clamav.ts";
import { ping, scan } from "../../consumer/clamav/clamd.ts";
import { withControl } from "../../consumer/suricata/control.ts";
import type { DoctorContext } from "../context.ts";
import { type Check, type Finding, failure, failureOf, ok } from "../findings.ts";
import type { Installed } from "../installed.ts";

const askMs = 6_000;

/** A database whose consumer is looked at. */
interface Subject {
  readonly name: string;
  readonly installed: Installed;
  readonly signal: AbortSignal;
}

async function programProblem(
  { fs, mayUse }: DoctorContext,
  path: string,
): Promise<string | undefined> {
  const stat = await fs.stat(path).catch(() => undefined);
  if (stat === undefined) return "does not exist";
  if (stat.kind !== "file") return "is not a file";
  return (await mayUse(path, "execute")) ? undefined : "may not be run by this user";
}

async function judgeProgram(
  context: DoctorContext,
  name: string,
  path: string,
): Promise<readonly Finding[]> {
  const problem = await programProblem(context, path);
  if (problem === undefined) return [];
  return [
    failure(
      "consumer.unreachable",
      `${name}: ${path} ${problem}.`,
      "Install it, or correct the configuration.",
    ),
  ];
}

const socketAdvice = (group: string): string =>
  `Start it; where it runs, let the agent into its socket's group: a drop-in with SupplementaryGroups=${group}.`;

async function judgeClamd(
  context: DoctorContext,
  { name, installed, signal }: Subject,
  { clamd, clamscan }: ClamavConsumer,
): Promise<readonly Finding[]> {
  const program = await judgeProgram(context, name, clamscan);
  const who = `The clamd of ${name}`;
  const options = { who, timeoutMs: askMs, signal };
  try {
    await ping(clamd, options);
  } catch (error) {
    return [...program, failureOf(error, socketAdvice("clamav"))];
  }
  const { release, path } = installed;
  if (release === undefined) return [...program, ok(`${who} answers; nothing is installed yet.`)];
  const { repository } = await context.trust();
  const of = { repository, database: name, version: release.version };
  const answer = await scan(clamd, options, Buffer.from(canaryText(of)));
  const shortfall = shortfallOf(answer, canaryName(of));
  if (shortfall === undefined) {
    return [...program, ok(`${who} answers and has loaded release ${release.label}.`)];
  }
  const message = `${who} has not loaded release ${release.label}: ${shortfall}.`;
  const advice = `Set DatabaseDirectory ${path} in clamd.conf and restart clamd; see docs/consumers.md.`;
  return [...program, failure("consumer.confirm-failed", message, advice)];
}

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
