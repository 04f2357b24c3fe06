/**
 * What agent.yaml says of policy: maintenance windows, the customer's delay, ring and pins. The
 * schemas, and the way from what was written to what the other rooms use (types.ts).
 */
import {
  _default,
  array,
  type core,
  describe,
  int,
  maximum,
  maxLength,
  minimum,
  minLength,
  enum as oneOf,
  prefault,
  record,
  refine,
  strictObject,
  string,
} from "zod/mini";
import { durationField } from "../../host/config/fields.ts";
import type { PolicyConfig, WindowConfig } from "./types.ts";

const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const timeForm = /^(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)$/;

/** The days of `fri` or `mon-fri` (also over the week's end: `sat-mon`); undefined if it is none. */
function daysOf(text: string): readonly number[] | undefined {
  const [first = "", last = first, ...more] = text.split("-");
  const [from, to] = [first, last].map((name) => dayNames.findIndex((known) => known === name));
  if (from === undefined || to === undefined || from < 0 || to < 0) return undefined;
  if (more.length > 0) return undefined;
  const count = ((to - from + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => (from + index) % 7);
}

/** Minutes of the day. */
function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 60 + minutes;
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

const timeOfDay = string().check(
  refine((text) => timeForm.test(text), { error: 'must be a time of day such as "02:00"' }),
);

/** A maintenance window. */
export const windowField = strictObject({
  days: _default(
    array(
      string().check(
        refine((text) => daysOf(text) !== undefined, {
          error: "must be a day such as mon, or a range such as mon-fri",
        }),
      ),
    ).check(minLength(1), maxLength(7)),
    ["mon-sun"],
  ).check(describe("Days on which it begins, such as `[mon-fri, sun]`")),
  from: timeOfDay.check(describe("When it opens, in wall-clock time of `zone`")),
  to: timeOfDay.check(describe("When it closes; a time before `from` is on the next day")),
  zone: _default(
    string().check(
      maxLength(64),
      refine(isZone, { error: "must be a time zone such as Europe/Berlin" }),
    ),
    "UTC",
  ).check(describe("Time zone; daylight saving counts")),
}).check(
  refine(({ from, to }) => from !== to && from !== "24:00", {
    error: "must be another time than `from`; for always, leave the window out",
    path: ["to"],
  }),
);

/** The customer's own word on new releases. */
export const policyField = strictObject({
  delay: prefault(durationField({ min: "0", max: "90d" }), "0").check(
    describe(
      "How long this agent must have known a release before it installs it; counted from when it first saw it",
    ),
  ),
  ring: _default(oneOf(["canary", "early", "production"]), "production").check(
    describe("Part of `delay` that this machine waits: canary none, early half, production all"),
  ),
  pin: _default(record(string(), int().check(minimum(1), maximum(2 ** 52))), {}).check(
    describe(
      "The only version that a database may be brought to, by name, such as `{ daily: 41 }`",
    ),
  ),
});

/** The scheduled check of what is installed. */
export const selfCheckField = strictObject({
  every: prefault(durationField({ min: "10m", max: "90d" }), "24h").check(
    describe("How often a check reads all installed files, and repairs what was changed"),
  ),
});

/** A window as it was checked, in the form that the other rooms use. */
export function windowOf({ days, from, to, zone }: core.output<typeof windowField>): WindowConfig {
  const all = new Set(days.flatMap((text) => daysOf(text) ?? []));
  return {
    days: [...all].toSorted((a, b) => a - b),
    from: minutesOf(from),
    to: minutesOf(to),
    zone,
  };
}

/** A policy as it was checked, in the form that the other rooms use. */
export function policyOf({ delay, ring, pin }: core.output<typeof policyField>): PolicyConfig {
  return { delayMs: delay, ring, pin: new Map(Object.entries(pin)) };
}
