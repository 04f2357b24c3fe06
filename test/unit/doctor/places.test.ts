import { describe, expect, test } from "vitest";
import { databaseDirectoryOf } from "../../../agent/doctor/checks/clamd.ts";
import { judgeDropIn } from "../../../agent/doctor/checks/configuration.ts";
import { judgeTextfile } from "../../../agent/doctor/checks/metrics.ts";

describe("a configuration that needs more than the unit grants", () => {
  const needs = {
    warnings: ['"state": the service may not write to /srv/state.'],
    dropIn: ["[Service]", "ReadWritePaths=/srv/state"],
  };

  test("is a warning with the lines of the drop-in", () => {
    expect(judgeDropIn(needs, [])).toEqual({
      severity: "warning",
      message: needs.warnings[0],
      advice:
        "Run systemctl edit vouchsafe-agent and add, under [Service], ReadWritePaths=/srv/state.",
    });
    expect(judgeDropIn(needs, ["[Service]\nReadWritePaths=/srv\n"])?.severity).toBe("warning");
  });

  test("is well once the drop-in is there, in whichever file", () => {
    const texts = ["[Service]\nNice=5\n", "[Service]\n  ReadWritePaths=/srv/state\n"];
    expect(judgeDropIn(needs, texts)).toBeUndefined();
  });
});

describe("the textfile of metrics", () => {
  const ran = 1_000_000_000_000;

  test.each([
    ["ok", "not written before the first run", undefined, undefined],
    ["warning", "never written", undefined, ran],
    ["warning", "older than the last run", { mode: 0o644, mtimeMs: ran - 90_000 }, ran],
    ["warning", "closed to node_exporter", { mode: 0o600, mtimeMs: ran }, ran],
    ["ok", "written just after the run", { mode: 0o644, mtimeMs: ran + 50 }, ran],
    ["ok", "written while the run was remembered", { mode: 0o644, mtimeMs: ran - 50 }, ran],
  ] as const)("%s: %s", (severity, _, stat, lastRunAt) => {
    expect(judgeTextfile("/x/v.prom", stat, lastRunAt).severity).toBe(severity);
  });
});

describe("clamd.conf", () => {
  test.each([
    ["DatabaseDirectory /var/lib/clamav", "/var/lib/clamav"],
    ['LogTime yes\n  DatabaseDirectory "/srv/a b"  \nUser clamav', "/srv/a b"],
    ["# DatabaseDirectory /old", undefined],
    ["", undefined],
  ])("%j", (text, folder) => {
    expect(databaseDirectoryOf(text)).toBe(folder);
  });
});
