/** The units that the packages install: what systemd says of them, and what they promise. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { section, unitFolder, valuesOf } from "./unit-file.ts";

const units = readdirSync(unitFolder);
const services = units.filter((name) => name.endsWith(".service"));
const timers = units.filter((name) => name.endsWith(".timer"));
const analyze = "/usr/bin/systemd-analyze";

describe.skipIf(!existsSync(analyze))("systemd", () => {
  // The programs are not installed here: copies of the units start another one.
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "vouchsafe-units-"));
    for (const name of units) {
      const text = readFileSync(join(unitFolder, name), "utf8");
      const present = text.replaceAll(/^ExecStart=\S+/gm, "ExecStart=/bin/true");
      writeFileSync(join(folder, name), present);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(units)("takes every line of %s", (name) => {
    const { status, stderr } = spawnSync(
      analyze,
      ["verify", "--man=no", "--recursive-errors=no", join(folder, name)],
      { encoding: "utf8" },
    );
    expect({ status, ours: stderr.split("\n").filter((line) => line.includes(folder)) }).toEqual({
      status: 0,
      ours: [],
    });
  });

  test.each(services)("finds %s exposed no more than 2.0 of 10", (name) => {
    const said = execFileSync(
      analyze,
      ["security", "--no-pager", "--offline=yes", "--threshold=20", join(unitFolder, name)],
      { encoding: "utf8" },
    );
    const exposure = /Overall exposure level for .*: (\d+\.\d+) /.exec(said)?.[1];
    expect(Number(exposure)).toBeLessThanOrEqual(2);
  });
});

const only = (unit: string, key: string, name = "Service"): string | undefined => {
  const values = valuesOf(unit, name, key);
  expect(values.length).toBeLessThanOrEqual(1);
  return values[0];
};

describe("every service", () => {
  test.each(services)("%s runs as a user of its own, without capabilities", (name) => {
    expect(only(name, "User")).toMatch(/^vouchsafe(-console|-publisher)?$/);
    expect(only(name, "CapabilityBoundingSet")).toBe("");
    expect(only(name, "NoNewPrivileges")).toBe("yes");
    expect(only(name, "ProtectSystem")).toBe("strict");
  });
});

describe("the agent", () => {
  const resident = "vouchsafe-agent.service";
  const oneshot = "vouchsafe-agent-oneshot.service";
  const timer = "vouchsafe-agent-oneshot.timer";

  test("is watched, and told to read its configuration again without a restart", () => {
    expect(only(resident, "Type")).toBe("notify");
    expect(only(resident, "NotifyAccess")).toBe("all");
    expect(only(resident, "WatchdogSec")).toBe("5min");
    expect(only(resident, "ExecReload")).toContain("kill -HUP $MAINPID");
  });

  test("comes back whatever ends it, but not with a wrong configuration, nor for ever", () => {
    expect(only(resident, "Restart")).toBe("always");
    expect(only(resident, "RestartPreventExitStatus")).toBe("2");
    expect(Number(only(resident, "StartLimitBurst", "Unit"))).toBeGreaterThan(0);
    expect(only(resident, "StartLimitIntervalSec", "Unit")).toBe("1h");
  });

  test.each([resident, oneshot, "vouchsafe-agent-relay.service"])(
    "%s does not start without a bootstrap root",
    (name) => {
      expect(only(name, "ConditionPathExists", "Unit")).toBe("/etc/vouchsafe/root.json");
    },
  );

  test("is confined in the same way whether it stays or looks once", () => {
    const confinement = (name: string): readonly string[] => {
      const lines = section(name, "Service");
      return lines.slice(lines.findIndex((line) => line.startsWith("ProtectSystem=")));
    };
    expect(confinement(oneshot)).toEqual(confinement(resident));
  });

  test("is confined as a relay as well, which sees no secret of it and writes nothing", () => {
    const relay = "vouchsafe-agent-relay.service";
    const lines = section(relay, "Service");
    const confinement = lines.slice(lines.findIndex((line) => line.startsWith("ProtectSystem=")));
    const own = section(resident, "Service");
    const usual = own.slice(own.findIndex((line) => line.startsWith("ProtectSystem=")));
    expect(confinement).toEqual(usual);
    const hidden = (only(relay, "InaccessiblePaths") ?? "").split(" ");
    expect(hidden).toEqual(
      expect.arrayContaining(["-/var/lib/vouchsafe/keys", "-/var/lib/vouchsafe/spool"]),
    );
    for (const key of ["StateDirectory", "RuntimeDirectory", "LogsDirectory", "ReadWritePaths"]) {
      expect(only(relay, key)).toBeUndefined();
    }
    expect(only(relay, "RestartPreventExitStatus")).toBe("2");
  });

  test("a check that policy keeps back, or that was stopped, is no failure", () => {
    expect(only(oneshot, "SuccessExitStatus")).toBe("8 143");
  });

  test("the two ways exclude each other, and the one that ends takes no folder of the other's", () => {
    expect(only(timer, "Conflicts", "Unit")).toBe(resident);
    expect(only(oneshot, "RuntimeDirectory")).toBeUndefined();
  });
});

test.each(timers)("%s spreads a fleet and makes up for what was missed", (name) => {
  expect(only(name, "RandomizedDelaySec", "Timer")).toMatch(/^\d+(min|h)$/);
  expect(only(name, "Persistent", "Timer")).toBe("yes");
  expect(services).toContain(name.replace(".timer", ".service"));
});

test("the passphrase of the refresh is a credential", () => {
  const name = "vouchsafe-publisher-refresh.service";
  const [credential] = only(name, "LoadCredential")?.split(":") ?? [];
  expect(only(name, "ExecStart")).toContain(
    `--passphrase-file \${CREDENTIALS_DIRECTORY}/${credential}`,
  );
});
