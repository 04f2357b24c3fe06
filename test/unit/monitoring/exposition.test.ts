import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exposition } from "../../../agent/monitoring/exposition.ts";
import type { MonitoredState } from "../../../agent/monitoring/facts.ts";
import { families } from "../../../agent/monitoring/families.ts";
import { parsePrometheusText } from "../../testkit/prometheus-text.ts";
import { daily, well } from "./sample-state.ts";

const samplesOf = (state: MonitoredState, name: string) =>
  parsePrometheusText(exposition(state)).filter((sample) => sample.name === `vouchsafe_${name}`);

describe("metrics", () => {
  test.each([
    ["last_check_timestamp_seconds", {}, Date.parse("2026-11-24T11:30:00Z") / 1000],
    ["last_success_timestamp_seconds", {}, Date.parse("2026-11-24T11:30:00Z") / 1000],
    ["agent_info", { version: "0.1.0" }, 1],
    ["database_release_version", { database: "daily" }, 42],
    ["database_release_info", { database: "daily", label: "2026-11-24" }, 1],
    [
      "database_release_created_timestamp_seconds",
      { database: "daily" },
      Date.parse("2026-11-24T10:00:00Z") / 1000,
    ],
    [
      "database_installed_timestamp_seconds",
      { database: "daily" },
      Date.parse("2026-11-24T11:00:00Z") / 1000,
    ],
    ["database_size_bytes", { database: "daily" }, 1000],
    ["database_received_bytes_total", { database: "daily" }, 2500],
    ["database_held", { database: "daily" }, 0],
    ["database_tampered", { database: "daily" }, 0],
    ["database_quarantined_releases", { database: "daily" }, 0],
  ])("%s", (name, labels, value) => {
    expect(samplesOf(well, name)).toEqual([{ name: `vouchsafe_${name}`, labels, value }]);
  });

  test("the expiry of each role", () => {
    const roles = samplesOf(well, "metadata_expiry_timestamp_seconds");
    expect(roles.map(({ labels }) => labels["role"])).toEqual(["root", "timestamp"]);
  });

  test("of mirrors that are no relays, where there are relays", () => {
    expect(samplesOf(well, "origin_overdue")).toEqual([]);
    const origin = { answeredAt: "2026-11-24T04:00:00.000Z", overdue: true };
    expect(samplesOf({ ...well, origin }, "origin_overdue")).toMatchObject([{ value: 1 }]);
    expect(samplesOf({ ...well, origin }, "origin_answer_timestamp_seconds")).toMatchObject([
      { value: Date.parse(origin.answeredAt) / 1000 },
    ]);
  });

  test("of all results exactly one is 1", () => {
    const results = samplesOf(well, "database_last_result");
    expect(results.filter(({ value }) => value === 1)).toMatchObject([
      { labels: { database: "daily", result: "current" } },
    ]);
    expect(results.filter(({ value }) => value === 0)).toHaveLength(6);
  });

  test("what is not known is left out, with its family", () => {
    const text = exposition({ ...well, lastRunAt: null, lastSuccessAt: null, databases: [] });
    expect(parsePrometheusText(text).map(({ name }) => name)).toEqual([
      "vouchsafe_agent_info",
      "vouchsafe_metadata_expiry_timestamp_seconds",
      "vouchsafe_metadata_expiry_timestamp_seconds",
    ]);
    const created = { ...well, databases: [{ ...daily, created: "" }] };
    expect(samplesOf(created, "database_release_created_timestamp_seconds")).toEqual([]);
  });

  test("any label can be read back", () => {
    const codes = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.constantFrom(10, 34, 92)),
    );
    fc.assert(
      fc.property(codes, (characters) => {
        const label = String.fromCharCode(...characters);
        const release = { version: 1, label };
        const state = { ...well, databases: [{ ...daily, release }] };
        const [info] = samplesOf(state, "database_release_info");
        expect(info?.labels["label"]).toBe(label);
      }),
    );
  });

  test("names follow the conventions: a prefix, a unit, and total for counters only", () => {
    for (const { name, type } of families) {
      expect(name).toMatch(/^vouchsafe_[a-z_]+$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
      expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|time)$/);
    }
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  });

  test.each([
    ["no end of line", "a 1"],
    ["a sample without its family", "a 1\n"],
    ["a counter that is not called so", "# HELP a b\n# TYPE a counter\na 1\n"],
    ["a bare quote in a label", '# HELP a b\n# TYPE a gauge\na{l="x"y"} 1\n'],
    ["a sample twice", "# HELP a b\n# TYPE a gauge\na 1\na 1\n"],
  ])("the reader of these tests refuses %s", (_, text) => {
    expect(() => parsePrometheusText(text)).toThrow();
  });
});
