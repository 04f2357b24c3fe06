/**
 * Facts about the host for a report. They come from systeminformation, loaded only when a report
 * is made and given a few seconds: a report without the name of the distribution is better than
 * no report.
 */
import * as os from "node:os";
import type { Clock } from "../../host/clock.ts";
import { reportLimits } from "../../protocol/report/limits.ts";
import { cleanText } from "./clean-text.ts";

/** What a report tells of the host, before privacy is applied. */
export interface SystemFacts {
  readonly hostname: string;
  readonly platform: string;
  readonly os: string;
  readonly arch: string;
}

/** Where the name of the operating system comes from; may hang, may throw. */
export type OsNameSource = () => Promise<string>;

const defaultWaitMs = 3_000;

/** `Debian GNU/Linux 12` by systeminformation. */
const systemOsName: OsNameSource = async () => {
  const { osInfo } = await import("systeminformation");
  const { distro, release } = await osInfo();
  return `${distro} ${release}`;
};

/**
 * The facts; never throws and never takes longer than `waitMs` (default 3,000).
 */
export async function systemFacts(
  clock: Clock,
  source: OsNameSource = systemOsName,
  waitMs: number = defaultWaitMs,
): Promise<SystemFacts> {
  const plain = `${os.type()} ${os.release()}`;
  const enough = new AbortController();
  const late = clock.sleep(waitMs, enough.signal).then(
    () => plain,
    () => plain,
  );
  // Called inside a promise, so that a source that throws at once counts as one that rejects.
  const asked = Promise.resolve()
    .then(source)
    .catch(() => plain);
  const name = await Promise.race([asked, late]);
  enough.abort();
  return {
    hostname: cleanText(os.hostname(), reportLimits.text),
    platform: cleanText(os.platform(), 32),
    os: cleanText(name, reportLimits.text),
    arch: cleanText(os.arch(), 32),
  };
}
