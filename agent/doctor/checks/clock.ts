/** The clock, against moments that have certainly passed and against the servers' clocks. */
import { formatSeconds } from "../../../host/cli/format.ts";
import { formatUtc } from "../../../protocol/tuf/fields.ts";
import { checkClock, type ProvenMoment } from "../../trust/clock.ts";
import { type Check, type Finding, failure, failureOf, ok, warning } from "../findings.ts";

const notableMs = 60_000;
const wrongMs = 3_600_000;

/** What the judgement depends on. */
export interface ClockFacts {
  /** The local clock, milliseconds since 1970. */
  readonly now: number;
  readonly proven: readonly ProvenMoment[];
  /** The servers' clocks minus ours, milliseconds. */
  readonly aheadMs: readonly number[];
}

const advice = "Set the clock, and let chrony, ntpd or systemd-timesyncd keep it.";

/** Pure. The server that differs least counts: one that is wrong itself proves nothing. */
export function judgeClock({ now, proven, aheadMs }: ClockFacts): Finding {
  for (const moment of proven) {
    try {
      checkClock(now, moment);
    } catch (error) {
      return failureOf(error, advice);
    }
  }
  const [least] = aheadMs.toSorted((a, b) => Math.abs(a) - Math.abs(b));
  if (least === undefined) {
    return warning(
      `The clock says ${formatUtc(now)}; no server told its own time to compare with.`,
      "Compare it with another clock if metadata is said to be expired.",
    );
  }
  const off = Math.abs(least);
  const how = least > 0 ? "behind" : "ahead of";
  const message = `The clock is ${formatSeconds(Math.round(off / 1000))} ${how} the servers'.`;
  if (off > wrongMs) return failure(least > 0 ? "clock.behind" : "clock.ahead", message, advice);
  return off > notableMs ? warning(message, advice) : ok(`The clock agrees with the servers'.`);
}

export const clockCheck: Check = {
  id: "clock",
  title: "this machine's clock against the servers' and against moments that have passed",
  run: async (context) => {
    const trust = await context.trust().catch(() => undefined);
    const servers = [...(await context.mirrors()), await context.console()];
    const created = trust?.timestampCreated;
    const proven = [
      ...(context.proven === undefined ? [] : [context.proven]),
      ...(created === undefined ? [] : [{ at: created, because: "the timestamp was made" }]),
    ];
    const aheadMs = servers.flatMap((server) =>
      server?.answer?.ok === true && server.answer.aheadMs !== undefined
        ? [server.answer.aheadMs]
        : [],
    );
    return [judgeClock({ now: context.clock.now().getTime(), proven, aheadMs })];
  },
};
