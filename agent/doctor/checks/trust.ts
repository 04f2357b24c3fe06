/** The root that is trusted, and how long each role is valid. */
import { formatSeconds } from "../../../host/cli/format.ts";
import type { TrustedRole } from "../../trust/inspect.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";

const dayMs = 86_400_000;
/** The root lives long and is renewed by people: time enough to remind them. */
const rootReminderMs = 30 * dayMs;

/** What the judgement depends on; times in milliseconds since 1970. */
export interface TrustFacts {
  readonly roles: readonly TrustedRole[];
  readonly now: number;
  /** When the repository was last asked. */
  readonly lastRunAt: number | undefined;
}

function judgeRole({ role, version, expires }: TrustedRole, facts: TrustFacts): Finding {
  const { now, lastRunAt } = facts;
  const leftMs = Date.parse(expires) - now;
  const what = `${role} ${version}`;
  if (leftMs <= 0) {
    const message = `${what} expired at ${expires}.`;
    const asked = lastRunAt !== undefined && lastRunAt > Date.parse(expires);
    return asked
      ? failure("trust.expired", message)
      : warning(message, "Run `agent update --now`: it was not asked for a newer one yet.");
  }
  const left = formatSeconds(Math.round(leftMs / 1000));
  const message = `${what} is valid for ${left}, until ${expires}.`;
  if (role !== "root" || leftMs > rootReminderMs) return ok(message);
  return warning(message, "Remind the vendor to publish a new root in time.");
}

/** Pure. */
export function judgeTrust(facts: TrustFacts): readonly Finding[] {
  const findings = facts.roles.map((role) => judgeRole(role, facts));
  if (facts.roles.length > 1) return findings;
  const message = "Nothing of the repository is trusted yet besides the root.";
  return [...findings, warning(message, "Run `agent update --now` for the first check.")];
}

export const trustCheck: Check = {
  id: "trust",
  title: "the trusted root's version, and until when root and all other metadata are valid",
  run: async (context) => {
    const { roles } = await context.trust();
    const run = await context.lastRun().catch(() => undefined);
    const lastRunAt = run === undefined ? undefined : Date.parse(run.at);
    return judgeTrust({ roles, now: context.clock.now().getTime(), lastRunAt });
  },
};
