import { describe, expect, test } from "vitest";
import { exitCodeOfOutcome, failedOutcome, outcomeOf } from "../../../agent/update/outcome.ts";
import { noPlan } from "../../../agent/update/plan.ts";
import type { DatabaseOutcome } from "../../../agent/update/types.ts";
import type { ErrorCode } from "../../../protocol/error-codes.ts";
import { errorDocument, VouchsafeError } from "../../../protocol/errors.ts";
import type { UpdateResult } from "../../../protocol/report/status-report.ts";

function outcome(result: UpdateResult, code?: ErrorCode): DatabaseOutcome {
  const error = code === undefined ? {} : { error: errorDocument(new VouchsafeError(code, "x")) };
  return {
    name: "x",
    result,
    from: null,
    to: null,
    bytes: 0,
    seconds: 0,
    plan: noPlan(""),
    ...error,
  };
}

describe("the whole outcome of several databases", () => {
  const current = outcome("current");
  const updated = outcome("updated");
  const held = outcome("held", "policy.held");
  const network = outcome("failed", "transfer.timeout");
  const full = outcome("failed", "disk.full");
  const reverted = outcome("reverted", "consumer.unreachable");
  const rejected = outcome("refused", "consumer.trial-failed");
  const refused = outcome("refused", "trust.mismatch");

  test.each<[number, UpdateResult, readonly DatabaseOutcome[]]>([
    [0, "current", []],
    [0, "current", [current]],
    [0, "updated", [current, updated]],
    [8, "held", [updated, held]],
    [4, "failed", [held, network]],
    [5, "failed", [network, full]],
    [6, "reverted", [full, reverted]],
    [6, "refused", [held, rejected, updated]],
    [3, "refused", [reverted, refused, full]],
  ])("exit code %i, %s", (code, result, databases) => {
    const whole = outcomeOf(databases);
    expect([exitCodeOfOutcome(whole), whole.result]).toEqual([code, result]);
  });

  test("a run that came to no database ends with the class of its error", () => {
    const busy = failedOutcome(errorDocument(new VouchsafeError("busy.locked", "x")));
    expect([exitCodeOfOutcome(busy), busy.result]).toEqual([7, "failed"]);
    const root = failedOutcome(errorDocument(new VouchsafeError("trust.root", "x")));
    expect([exitCodeOfOutcome(root), root.result]).toEqual([3, "refused"]);
  });
});
