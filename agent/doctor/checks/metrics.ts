/** Whether the textfile of metrics is written, and so that node_exporter may read it. */
import { dirname } from "node:path";
import type { FileStat } from "../../../host/file-system.ts";
import { type Check, type Finding, ok, warning } from "../findings.ts";

const readableByAll = 0o004;
/** How long after a run the file may be written, milliseconds. */
const slackMs = 60_000;

/**
 * Pure.
 *
 * @param stat of the file; undefined if there is none
 * @param lastRunAt when the last run ended, milliseconds since 1970
 */
export function judgeTextfile(
  path: string,
  stat: Pick<FileStat, "mode" | "mtimeMs"> | undefined,
  lastRunAt: number | undefined,
): Finding {
  const advice = `Let the service write to ${dirname(path)}: as its user, and by ReadWritePaths= in a drop-in.`;
  if (lastRunAt === undefined) return ok(`${path} will be written after the first run.`);
  if (stat === undefined) return warning(`${path} was not written after the last run.`, advice);
  if (stat.mtimeMs + slackMs < lastRunAt) {
    return warning(`${path} is older than the last run.`, advice);
  }
  if ((stat.mode & readableByAll) === 0) {
    return warning(`${path} may not be read by everybody.`, `Run chmod 0644 ${path}.`);
  }
  return ok(`${path} was written after the last run.`);
}

export const metricsCheck: Check = {
  id: "metrics",
  title: "whether the textfile for node_exporter is written after each run",
  run: async ({ config, fs, lastRun }) => {
    const path = config.metrics?.textfile;
    if (path === undefined) return [ok("No textfile of metrics is configured.")];
    const run = await lastRun();
    const stat = await fs.stat(path).catch(() => undefined);
    return [judgeTextfile(path, stat, run === undefined ? undefined : Date.parse(run.at))];
  },
};
