import { describe, expect, test } from "vitest";
import { findHolder, holderOf, judgeHolder } from "../../../agent/doctor/checks/lock.ts";
import { judgeService, parseUnit } from "../../../agent/doctor/checks/service.ts";

describe("the service", () => {
  const unit = (more: string) =>
    parseUnit("vouchsafe-agent.service", `LoadState=loaded\nUnitFileState=enabled\n${more}`);
  const answer = { pid: 7, busy: false, nextCheckAt: "2026-11-24T13:00:00.000Z" };
  const severities = (...given: Parameters<typeof judgeService>) =>
    judgeService(...given).map(({ severity }) => severity);

  test("that is active and answers is well, and tells its next check", () => {
    const findings = judgeService([unit("ActiveState=active\nNRestarts=0")], answer);
    expect(findings.map(({ severity }) => severity)).toEqual(["ok", "ok"]);
    expect(findings[1]?.message).toContain("process 7), next check at 2026-11-24T13:00");
  });

  test("that failed, restarts again and again, or does not answer", () => {
    expect(severities([unit("ActiveState=failed")], undefined)).toEqual(["failure"]);
    expect(severities([unit("ActiveState=active\nNRestarts=5")], answer)).toEqual([
      "warning",
      "ok",
    ]);
    expect(severities([unit("ActiveState=active")], undefined)).toEqual(["ok", "failure"]);
  });

  test("that will not come back after a reboot is a warning", () => {
    const disabled = parseUnit("vouchsafe-agent.service", "LoadState=loaded\nActiveState=active");
    expect(severities([disabled], answer)).toEqual(["warning", "ok"]);
  });

  test("may be a timer", () => {
    const timer = parseUnit(
      "vouchsafe-agent-oneshot.timer",
      "LoadState=loaded\nActiveState=active\nUnitFileState=enabled",
    );
    expect(severities([unit("ActiveState=inactive"), timer], undefined)).toEqual(["ok"]);
  });

  test("none, with systemd and without, is a warning", () => {
    expect(severities([], undefined)).toEqual(["warning"]);
    expect(severities(undefined, undefined)).toEqual(["warning"]);
  });

  test("none, on Windows, is had by the agent's own verbs", () => {
    const [finding] = judgeService(undefined, undefined, "win32");
    expect(finding).toMatchObject({ advice: expect.stringContaining("`agent service install`") });
  });
});

describe("the lock", () => {
  const locks = [
    "1: POSIX  ADVISORY  WRITE 812 08:01:131 1073741824 1073742335",
    "2: FLOCK  ADVISORY  WRITE 900 00:19:42 0 EOF",
    "3: POSIX  ADVISORY  READ  901 08:01:77 0 EOF",
    "",
  ].join("\n");

  test("is told with its holder", () => {
    expect(holderOf(locks, 131)).toBe(812);
    expect(holderOf(locks, 42)).toBeUndefined();
    expect(holderOf(locks, 77)).toBeUndefined();
  });

  test("is looked for again when the kernel's list lacks it, for that is read a page at a time", async () => {
    const lists = ["", locks, ""].map((text) => Buffer.from(text));
    expect(await findHolder(async () => lists.shift(), 131)).toBe(812);
    let looks = 0;
    const never = async () => {
      looks += 1;
      return Buffer.from(locks);
    };
    expect(await findHolder(never, 42)).toBeUndefined();
    expect(looks).toBe(3);
    expect(await findHolder(async () => undefined, 131)).toBeNull();
  });

  test("is the service's business while that is busy, else a warning", () => {
    expect(judgeHolder(undefined, false).severity).toBe("ok");
    expect(judgeHolder(812, true).severity).toBe("ok");
    expect(judgeHolder(812, false).severity).toBe("warning");
  });
});
