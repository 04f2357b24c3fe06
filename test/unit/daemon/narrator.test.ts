import { describe, expect, test } from "vitest";
import { findingsOf, makeNarrator, signatureOf } from "../../../agent/daemon/narrator.ts";
import type { Log, LogFields } from "../../../host/log.ts";
import type { JsonObject } from "../../../protocol/json.ts";

/** A log that keeps what was written at `info` and above. */
function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
  const log: Log = {
    debug: () => undefined,
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    close: async () => undefined,
  };
  return { log, lines };
}

function narrated() {
  const { log, lines } = keptLog();
  let now = 0;
  const narrator = makeNarrator(
    () => log,
    () => now,
  );
  return {
    ...narrator,
    lines,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

const unreachable = {
  code: "transfer.unreachable",
  class: "retryable",
  message: "No answer.",
  advice: "",
};
const forged = {
  code: "trust.mismatch",
  class: "trust",
  message: "Wrong after 17 bytes.",
  advice: "",
};

const current = (name: string): JsonObject => ({ name, result: "current" });
const failing = (name: string, error: JsonObject, result = "failed"): JsonObject => ({
  name,
  result,
  error,
});
const outcome = (result: string, ...databases: JsonObject[]): JsonObject => ({ result, databases });

describe("the log of the service", () => {
  test("of a check that finds nothing it says nothing", () => {
    const told = narrated();
    told.event({ event: "progress", database: "daily", step: "checking", done: 0, total: 0 });
    told.event({ event: "log", level: "info", message: "An update ended", fields: {} });
    told.outcome(outcome("current", current("daily")));
    expect(told.lines).toEqual([]);
  });

  test("of an update it says two lines", () => {
    const told = narrated();
    for (let turn = 0; turn < 3; turn++) {
      told.event({ event: "progress", database: "daily", step: "fetching", done: turn, total: 9 });
    }
    const [from, to] = [{ label: "41" }, { label: "42" }];
    const updated = { name: "daily", result: "updated", from, to, bytes: 9, seconds: 1.5 };
    told.outcome(outcome("updated", updated));
    expect(told.lines).toEqual([
      'info update started {"database":"daily"}',
      'info update ended {"database":"daily","result":"updated","from":"41","to":"42","bytes":9,"seconds":1.5}',
    ]);
  });

  test("a failure is told once, hourly, and when it is over", () => {
    const told = narrated();
    for (let turn = 0; turn < 7; turn++) {
      told.outcome(outcome("failed", failing("daily", unreachable)));
      told.wait(600_000);
    }
    told.outcome(outcome("current", current("daily")));
    expect(told.lines).toEqual([
      'warn failed {"database":"daily","code":"transfer.unreachable","reason":"No answer."}',
      'warn failed {"database":"daily","code":"transfer.unreachable","reason":"No answer.","again":6}',
      'info works again {"database":"daily"}',
    ]);
  });

  test("what all databases fail of is told once", () => {
    const told = narrated();
    const both = outcome("failed", failing("a", unreachable), failing("b", unreachable));
    told.outcome(both);
    told.outcome(both);
    told.outcome(outcome("current", current("a"), current("b")));
    expect(told.lines.map((line) => line.split(" {")[0])).toEqual([
      "warn check failed",
      "info works again",
    ]);
  });

  test("a matter of trust is an error; one of policy only a remark", () => {
    const told = narrated();
    const held = { code: "policy.held", class: "policy", message: "It is held.", advice: "" };
    told.outcome(outcome("refused", failing("a", forged, "refused"), failing("b", held, "held")));
    expect(told.lines.map((line) => line.split(" {")[0])).toEqual(["error refused", "info held"]);
  });

  test("a warning of a child is a warning here", () => {
    const told = narrated();
    told.event({ event: "log", level: "warn", message: "no report is sent", fields: { a: 1 } });
    expect(told.lines).toEqual(['warn no report is sent {"a":1}']);
  });

  test("numbers in a message do not make another failure of it", () => {
    const [one] = findingsOf(outcome("refused", failing("a", forged)));
    const message = "Wrong after 18 bytes.";
    const [two] = findingsOf(outcome("refused", failing("a", { ...forged, message })));
    expect(one && signatureOf(one)).toBe(two && signatureOf(two));
  });
});
