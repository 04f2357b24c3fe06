/** What the checks of all consumers share. */
import type { DoctorContext } from "../context.ts";
import { type Finding, failure } from "../findings.ts";
import type { Installed } from "../installed.ts";

/** Longest that a consumer may take to answer, milliseconds. */
export const askMs = 6_000;

/** A database whose consumer is looked at. */
export interface Subject {
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

/** Findings on a program that the agent must be able to run; none if it can. */
export async function judgeProgram(
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

/** What to do when a consumer does not answer on its socket. */
export const socketAdvice = (group: string): string =>
  `Start it; where it runs, let the agent into its socket's group: a drop-in with SupplementaryGroups=${group}.`;
