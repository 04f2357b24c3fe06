/** Neighbours that hand on what they have, and whether a mirror that is none has been heard of late. */
import { type OriginStanding, readOriginStanding } from "../../transfer/origin-standing.ts";
import { type Check, type Finding, ok, warning } from "../findings.ts";
import type { ServerFacts } from "../servers.ts";
import { judgeServer } from "./mirrors.ts";

/** Nothing depends on a relay: its failure is a warning. Pure. */
export function judgeRelays(servers: readonly ServerFacts[]): readonly Finding[] {
  if (servers.length === 0) return [ok("No relay is configured.")];
  return servers.map(judgeServer).map((finding) => {
    if (finding.severity !== "failure") return finding;
    const advice =
      finding.code === "repository.missing"
        ? "It has nothing to hand on yet, or its timestamp has expired: look at its own updates."
        : finding.advice;
    return warning(finding.message, advice);
  });
}

/** Pure. */
export function judgeOrigin(standing: OriginStanding | undefined): Finding {
  if (standing === undefined) return ok("Mirrors alone are asked: there is no relay to watch.");
  const { answeredAt, overdue } = standing;
  const heard = answeredAt === null ? "has never answered" : `last answered at ${answeredAt}`;
  const message = `A mirror that is no relay ${heard}.`;
  if (!overdue) return ok(message);
  return warning(
    `${message} One had to since (repository.originWithin): a relay could hold new releases back.`,
    "Let this machine reach a mirror of repository.url, if only for metadata/timestamp.json.",
  );
}

export const relaysCheck: Check = {
  id: "relays",
  title: "each relay, as mirrors are looked at; never more than a warning, for none is needed",
  run: async ({ relays }) => judgeRelays(await relays()),
};

export const originCheck: Check = {
  id: "origin",
  title: "where relays are asked: when a mirror that is none last answered for the timestamp",
  run: async ({ fs, config: { state, repository } }) => [
    judgeOrigin(await readOriginStanding(fs, state, repository.relays)),
  ],
};
