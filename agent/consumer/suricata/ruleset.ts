/**
 * What Suricata says of its rules (pure). A reload is answered with "done" even if no rule could be
 * read: only its statistics and the moment of the last reload tell.
 */
import { isArray, isObject, type JsonValue, own } from "../../../protocol/json.ts";

/** Its rules, of all tenants together. */
export interface Ruleset {
  readonly loaded: number;
  readonly failed: number;
  /** When it last loaded rules, in its own words. */
  readonly reloadedAt: string;
}

function numberOf(part: JsonValue, name: string): number | undefined {
  const value = isObject(part) ? own(part, name) : undefined;
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/**
 * Reads the answers to `ruleset-stats` and `ruleset-reload-time`; undefined if they are not what
 * those commands answer.
 */
export function rulesetOf(stats: JsonValue, times: JsonValue): Ruleset | undefined {
  if (!isArray(stats) || !isArray(times) || stats.length === 0) return undefined;
  let [loaded, failed] = [0, 0];
  for (const part of stats) {
    const [more, lost] = [numberOf(part, "rules_loaded"), numberOf(part, "rules_failed")];
    if (more === undefined || lost === undefined) return undefined;
    loaded += more;
    failed += lost;
  }
  return { loaded, failed, reloadedAt: JSON.stringify(times) };
}

/** What is known from before the reload. */
export interface Expectation {
  /** Rules that the trial loaded from the generation, if there was a trial. */
  readonly rules: number | undefined;
  /** The moment of the reload before, if this process asked for one. */
  readonly reloadedAt: string | undefined;
}

/**
 * Why the rules in use are not those of the generation, as a clause; undefined if they are. No
 * failed rule is forgiven: after a crash nobody knows how many failed before.
 */
export function shortfallOf(now: Ruleset, expected: Expectation): string | undefined {
  if (now.reloadedAt === expected.reloadedAt) return "it did not reload";
  if (now.failed > 0) return `${now.failed} rules failed`;
  if (now.loaded === 0) return "it loaded no rule";
  if (expected.rules !== undefined && now.loaded < expected.rules) {
    return `it loaded ${now.loaded} rules of ${expected.rules}`;
  }
  return undefined;
}
