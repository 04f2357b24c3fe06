/**
 * The life of the agent's .rpm under rpm itself: a database of packages in a Debian's folder. What
 * the scriptlets do to a running service is tested in test/system/systemd/.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PackagedFile } from "../../build/package/plan.ts";
import { writeRpm } from "../../build/package/rpm.ts";
import { stagePackage } from "../../build/package/stage.ts";
import { packagePlans } from "../../installers/linux/packages.ts";
import { debianRootfs, rootfsTimeoutMs } from "../testkit/nspawn-rootfs.ts";
import { canRun } from "./machine.ts";
import { guestsRun } from "./systemd/guest.ts";
import { agentRpm, builtPackage } from "./systemd/packages.ts";

const can = guestsRun && canRun("/usr/bin/rpm", "/usr/bin/rpmbuild");
const project = resolve(import.meta.dirname, "../..");
const setting = "etc/vouchsafe/agent.yaml";

/** A later version with a changed default and without the executable, which would only take time. */
const laterRpm = async (folder: string): Promise<string> => {
  const [plan] = packagePlans.filter(({ program }) => program === "agent");
  if (plan === undefined) throw new Error("the agent has no package");
  const files: readonly PackagedFile[] = plan.files.filter(({ target }) => target === setting);
  const stage = join(folder, "stage");
  const installedKiB = await stagePackage(project, stage, plan, files);
  appendFileSync(join(stage, setting), "# another default\n");
  const output = join(folder, "later.rpm");
  const made = { root: project, plan, files, version: "999.0.0", stage, installedKiB, output };
  await writeRpm({ ...made, architecture: "x64", seconds: 1_700_000_000 });
  return output;
};

describe.runIf(can)("an .rpm", () => {
  let folder = "";
  let machine = "";
  const at = (path: string): string => join(machine, path);
  const current = can ? builtPackage(agentRpm) : "";
  // The folder's libraries are dpkg's; rpm knows nothing of them.
  const rpm = (...args: string[]): string =>
    execFileSync("rpm", ["--root", machine, ...args], { encoding: "utf8", stdio: "pipe" });
  const version = (): string => rpm("-q", "--queryformat", "%{VERSION}", "vouchsafe-agent");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "vouchsafe-rpm-life-"));
    machine = join(folder, "machine");
    mkdirSync(machine);
    const leaveOut = [
      "--exclude=./usr/share/*",
      "--exclude=./dev/*",
      "--exclude=./var/lib/clamav/*",
    ];
    execFileSync("tar", ["-xf", await debianRootfs(), "-C", machine, ...leaveOut]);
  }, rootfsTimeoutMs + 180_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("makes its user, and gives the folders to their owners", () => {
    rpm("--nodeps", "--install", current);
    const [, , uid, gid] =
      /^vouchsafe:.*$/m.exec(readFileSync(at("etc/passwd"), "utf8"))?.[0].split(":") ?? [];
    const { mode, uid: owner, gid: group } = statSync(at("etc/vouchsafe"));
    expect([mode & 0o7777, owner, String(group)]).toEqual([0o750, 0, gid]);
    const state = statSync(at("var/lib/vouchsafe"));
    expect([state.mode & 0o7777, String(state.uid), String(state.gid)]).toEqual([0o755, uid, gid]);
    expect(rpm("--verify", "--nodeps", "vouchsafe-agent")).toBe("");
  });

  test("keeps changed configuration over an upgrade and a downgrade", async () => {
    appendFileSync(at(setting), "# the operator's\n");
    const changed = readFileSync(at(setting), "utf8");
    rpm("--nodeps", "--upgrade", await laterRpm(folder));
    expect(version()).toBe("999.0.0");
    expect(readFileSync(at(setting), "utf8")).toBe(changed);
    expect(readFileSync(at(`${setting}.rpmnew`), "utf8")).toContain("# another default\n");
    rpm("--nodeps", "--upgrade", "--oldpackage", current);
    expect(version()).not.toBe("999.0.0");
    expect(readFileSync(at(setting), "utf8")).toBe(changed);
  });

  test("removed, leaves state and what the operator wrote", () => {
    const note = at("var/lib/vouchsafe/note");
    appendFileSync(note, "state\n");
    rpm("--erase", "vouchsafe-agent");
    expect(existsSync(at("usr/bin/vouchsafe-agent"))).toBe(false);
    expect(readFileSync(note, "utf8")).toBe("state\n");
    expect(readFileSync(at(`${setting}.rpmsave`), "utf8")).toContain("# the operator's\n");
    expect(readFileSync(at("etc/passwd"), "utf8")).toMatch(/^vouchsafe:/m);
  });
});
