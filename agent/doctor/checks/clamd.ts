/** Whether clamd answers, and uses what is installed. */
import { readFileIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { canaryName, canaryText } from "../../../protocol/release/canary.ts";
import type { ClamavConsumer } from "../../config/types.ts";
import { shortfallOf } from "../../consumer/clamav/clamav.ts";
import { ping, scan } from "../../consumer/clamav/clamd.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, failure, failureOf, ok } from "../findings.ts";
import { askMs, judgeProgram, type Subject, socketAdvice } from "./consumer-subject.ts";

/** Where distributions keep clamd's configuration. */
const configurations = ["/etc/clamav/clamd.conf", "/etc/clamd.conf", "/etc/clamd.d/scan.conf"];
const maxConfigurationBytes = 262_144;

/** The DatabaseDirectory of a clamd.conf(5): pure. */
export function databaseDirectoryOf(text: string): string | undefined {
  return /^\s*DatabaseDirectory\s+"?([^"\n]*[^"\s])"?\s*$/m.exec(text)?.[1];
}

/** What a clamd.conf of this machine says, as the rest of a sentence; nothing if it does not. */
async function remark(fs: FileSystem, path: string): Promise<string> {
  for (const file of configurations) {
    const bytes = await readFileIfExists(fs, file, maxConfigurationBytes).catch(() => undefined);
    const folder = databaseDirectoryOf(bytes?.toString("utf8") ?? "");
    if (folder === undefined) continue;
    return folder === path
      ? `; ${file} is right, so clamd was not reloaded`
      : `; ${file} names ${folder}`;
  }
  return "";
}

/** A clamd that has found the canary of the installed release has loaded just that. */
export async function judgeClamd(
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
  const more = await remark(context.fs, path);
  const message = `${who} has not loaded release ${release.label}: ${shortfall}${more}.`;
  const advice = `Set DatabaseDirectory ${path} in clamd.conf and restart clamd; see docs/consumers.md.`;
  return [...program, failure("consumer.confirm-failed", message, advice)];
}
