import { describe, expect, test } from "vitest";
import { failure, ok, warning } from "../../../agent/doctor/findings.ts";
import { linesOf, verdictOf } from "../../../agent/doctor/verdict.ts";

const examined = (...findings: ReturnType<typeof ok>[]) => [{ check: "a", findings }];

describe("the doctor's verdict", () => {
  test("warnings end with 0", () => {
    expect(verdictOf(examined(ok("Good."), warning("Hm.", "Look.")))).toEqual({
      counts: { ok: 1, warning: 1, failure: 0 },
      exitCode: 0,
    });
  });

  test("of several failures the one counts that comes first in 3, 6, 5, 4, 1, 2, 7, 8", () => {
    const failures = [
      failure("config.invalid", "usage"),
      failure("transfer.timeout", "network"),
      failure("consumer.confirm-failed", "consumer"),
      failure("disk.full", "disk"),
    ];
    expect(verdictOf(examined(...failures))).toMatchObject({
      counts: { failure: 4 },
      exitCode: 6,
      error: { code: "consumer.confirm-failed", message: "consumer" },
    });
    const worse = failure("trust.expired", "trust");
    expect(verdictOf(examined(...failures, worse)).exitCode).toBe(3);
  });

  test("a line tells severity, check, sentence and code, and below it what to do", () => {
    const findings = [ok("Good."), failure("disk.full", "Full.", "Free some.")];
    expect(linesOf(examined(...findings))).toEqual([
      "ok       a: Good.",
      "failure  a: Full. [disk.full]",
      "         what to do: Free some.",
    ]);
  });
});
