import { describe, expect, test } from "vitest";
import { parseAnswer, parseProgress } from "../../../agent/cli/ask-service.ts";
import { eventOf } from "../../../agent/cli/report-update.ts";
import { showOutcome } from "../../../agent/cli/show-outcome.ts";
import type { ReleaseRef } from "../../../agent/store/release-ref.ts";
import type { DatabaseOutcome } from "../../../agent/update/types.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import type { ErrorCode } from "../../../protocol/error-codes.ts";
import { errorDocument, VouchsafeError } from "../../../protocol/errors.ts";

const release = (version: number): ReleaseRef => ({
  version,
  label: `v${version}`,
  digest: sha256(String(version)),
});
const error = (code: ErrorCode, message: string) =>
  errorDocument(new VouchsafeError(code, message));
const daily: DatabaseOutcome = {
  name: "daily",
  result: "current",
  from: release(1),
  to: release(1),
  bytes: 0,
  seconds: 0.1,
  plan: {
    action: "none",
    why: "It is current.",
    fetch: { files: 0, bytes: 0 },
    keep: { files: 1, bytes: 5 },
    disk: 0,
  },
};
const install = {
  action: "install",
  why: "A newer release.",
  fetch: { files: 2, bytes: 1_500_000 },
  keep: { files: 1, bytes: 5 },
  disk: 3_000_000,
} as const;
const updated: DatabaseOutcome = {
  ...daily,
  result: "updated",
  to: release(2),
  bytes: 1_500_000,
  seconds: 2,
  plan: install,
};
const trial = error("consumer.trial-failed", "The trial ended with code 2.");

describe("a database in one line", () => {
  test.each<[string, DatabaseOutcome, string]>([
    ["current", daily, "daily: current at v1"],
    ["updated", updated, "daily: updated v1 → v2 (1.5 MB in 2 s)"],
    ["installed", { ...updated, from: null }, "daily: installed v2 (1.5 MB in 2 s)"],
    [
      "repaired",
      { ...updated, to: release(1), plan: { ...install, action: "repair" } },
      "daily: repaired v1 (1.5 MB in 2 s)",
    ],
    [
      "planned",
      { ...updated, result: "planned" },
      "daily: would install v1 → v2: fetch 2 files (1.5 MB), keep 1, needs 3.0 MB on disk. A newer release.",
    ],
  ])("%s", (_name, outcome, line) => {
    expect(showOutcome({ result: outcome.result, databases: [outcome] })).toEqual({
      lines: [line],
      errors: [],
    });
  });

  test.each<[DatabaseOutcome["result"], string]>([
    ["held", "daily: held at v1: The trial ended with code 2. [consumer.trial-failed]"],
    ["reverted", "daily: reverted to v1: The trial ended with code 2. [consumer.trial-failed]"],
    [
      "refused",
      "daily: refused, stays at v1: The trial ended with code 2. [consumer.trial-failed]",
    ],
    ["failed", "daily: failed, stays at v1: The trial ended with code 2. [consumer.trial-failed]"],
  ])("%s: an error with advice", (result, line) => {
    const outcome = { ...updated, result, error: trial };
    expect(showOutcome({ result, databases: [outcome], error: trial })).toEqual({
      lines: [],
      errors: [line, `  what to do: ${trial.advice}`],
    });
  });

  test("the same advice is given once for many databases", () => {
    const databases = ["a", "b"].map(
      (name) => ({ ...daily, name, result: "failed", error: trial }) as const,
    );
    const { errors } = showOutcome({ result: "failed", databases, error: trial });
    expect(errors).toHaveLength(3);
  });

  test("an error of the whole is told when no database has one", () => {
    const busy = error("busy.locked", "Another process holds the lock.");
    const { errors } = showOutcome({ result: "failed", databases: [], error: busy });
    expect(errors[0]).toBe("Another process holds the lock. [busy.locked]");
  });

  test("what was made good on the way is told too", () => {
    const outcome = { ...updated, notes: ["A file was fetched twice."] };
    expect(showOutcome({ result: "updated", databases: [outcome] }).lines[1]).toBe(
      "  A file was fetched twice.",
    );
  });
});

test("what is kept back for several reasons names each on a line of its own", () => {
  const reasons = [
    { rule: "hold", code: "policy.held", why: "It is held: audit" },
    { rule: "pin", code: "policy.pinned", why: "It is pinned." },
  ] as const;
  const plan = { ...updated.plan, reasons };
  const outcome = { ...updated, result: "held", plan, error: trial } as const;
  expect(showOutcome({ result: "held", databases: [outcome] }).errors.slice(1)).toEqual([
    "  also: It is pinned. [policy.pinned]",
    `  what to do: ${trial.advice}`,
  ]);
});

describe("the event that an outcome is worth", () => {
  const at = "2026-11-24T00:00:00Z";
  const failed: DatabaseOutcome = {
    ...daily,
    result: "failed",
    error: error("transfer.timeout", "Silent."),
  };
  test("an installation", () => {
    const event = { kind: "installed", database: "daily", message: "v1 → v2" };
    expect(eventOf(updated, undefined)).toEqual(event);
  });
  test("a failure, when it is new", () => {
    expect(eventOf(failed, undefined)).toMatchObject({ kind: "failed", message: "Silent." });
    expect(eventOf(failed, { at, result: "current" })).toMatchObject({ kind: "failed" });
    const same = { code: "transfer.timeout", message: "Quiet." };
    expect(eventOf(failed, { at, result: "failed", error: same })).toBeUndefined();
    const other = { code: "transfer.tls", message: "" };
    expect(eventOf(failed, { at, result: "failed", error: other })).toBeDefined();
  });
  test("nothing for what is current or held", () => {
    expect(eventOf(daily, undefined)).toBeUndefined();
    const held = { ...failed, result: "held" } as const;
    expect(eventOf(held, undefined)).toBeUndefined();
  });
});

describe("what the service says is not believed blindly", () => {
  test.each([
    [{ event: "outcome" }],
    [{ event: "outcome", exitCode: "0", document: {} }],
    [{ event: "outcome", exitCode: 256, document: {} }],
    [{ event: "outcome", exitCode: 0, document: [] }],
  ])("an answer such as %j is none", (answer) => {
    expect(() => parseAnswer(answer)).toThrow("not understood");
  });
  test("only texts are lines", () => {
    const answer = {
      event: "outcome",
      exitCode: 0,
      document: {},
      lines: ["a", 1, null],
      errors: 5,
    };
    expect(parseAnswer(answer)).toEqual({ exitCode: 0, document: {}, lines: ["a"], errors: [] });
  });
  test("only a whole progress event is one", () => {
    const event = { event: "progress", database: "a", step: "fetching", done: 1, total: 2 };
    expect(parseProgress(event)).toEqual({ database: "a", step: "fetching", done: 1, total: 2 });
    for (const key of ["event", "database", "step", "done", "total"]) {
      expect(parseProgress({ ...event, [key]: null })).toBeUndefined();
    }
  });
});
