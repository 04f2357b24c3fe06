import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isEnforced, letsRead, parseDenial } from "../../../agent/doctor/apparmor.ts";
import {
  type ConfinementFacts,
  judgeConfinement,
} from "../../../agent/doctor/checks/confinement.ts";

const generations = "/var/lib/vouchsafe/databases/daily/generations";
const debian = [
  "/usr/sbin/clamd {",
  "  /var/lib/clamav/** krw,",
  "  owner /run/clamav/clamd.pid rw,",
  "  #include <local/usr.sbin.clamd>",
  "}",
].join("\n");
const shipped = new URL("../../../installers/linux/apparmor/usr.sbin.clamd", import.meta.url);
const snippet = readFileSync(shipped, "utf8");

describe("AppArmor's texts", () => {
  test.each([
    ["/var/lib/a/** r,", true],
    ["/var/lib/a/* r,", false],
    ["/var/lib/{a,b}/*/?.c rwk,", true],
    ["/var/lib/[a-c]/b/x.c r,", true],
    ["owner /var/lib/a/b/x.c r,", true],
    ["/var/lib/a/b/x.c w,", false],
    ["# /var/lib/a/** r,", false],
    ["/var/lib/a/b/x.c r", false],
    ["/var/lib/a/b/xac r,", false],
    ["/var/lib/a/[/b/x.c r,", false],
  ])("%s", (rule, readable) => {
    expect(letsRead([`  ${rule}`], "/var/lib/a/b/x.c")).toBe(readable);
  });

  test("a denial is read from the kernel's message", () => {
    const line = `audit: type=1400 audit(1.2:3): apparmor="DENIED" operation="open" profile="/usr/sbin/clamd" name="${generations}/1-a/x" pid=7 comm="clamd"`;
    expect(parseDenial(line)).toEqual({
      profile: "/usr/sbin/clamd",
      operation: "open",
      path: `${generations}/1-a/x`,
    });
    expect(parseDenial(line.replace("DENIED", "ALLOWED"))).toBeUndefined();
    expect(parseDenial("")).toBeUndefined();
  });

  test("only a profile in the mode enforce is in force", () => {
    const profiles = "/usr/sbin/clamd (complain)\n/usr/bin/x (enforce)\n";
    expect(isEnforced(profiles, "/usr/sbin/clamd")).toBe(false);
    expect(isEnforced(profiles, "/usr/bin/x")).toBe(true);
  });
});

describe("a consumer's confinement", () => {
  const facts: ConfinementFacts = {
    database: "daily",
    profile: "/usr/sbin/clamd",
    texts: [debian],
    generations,
    denials: [],
    profiles: "/usr/sbin/clamd (enforce)\n",
  };

  test("by a profile that does not know the state folder is a failure, with the way out", () => {
    expect(judgeConfinement(facts)).toMatchObject({
      severity: "failure",
      code: "consumer.unreachable",
      advice: expect.stringContaining("/etc/apparmor.d/local/usr.sbin.clamd"),
    });
  });

  test("is none once the snippet is there, whatever was denied before", () => {
    const denial = `apparmor="DENIED" operation="open" profile="/usr/sbin/clamd" name="${generations}/1-a/x"`;
    const mended = { ...facts, texts: [debian, snippet], denials: [denial] };
    expect(judgeConfinement(mended).severity).toBe("ok");
  });

  test("that was felt is a failure, with the path", () => {
    const denial = `apparmor="DENIED" operation="open" profile="/usr/sbin/clamd" name="${generations}/1-a/x"`;
    const { profiles: _, ...unknown } = { ...facts, denials: [denial] };
    const finding = judgeConfinement(unknown);
    expect(finding.severity).toBe("failure");
    expect(finding.message).toContain(`open ${generations}/1-a/x`);
  });

  test("that only root could see is a warning", () => {
    const { profiles: _, ...unknown } = facts;
    expect(judgeConfinement(unknown).severity).toBe("warning");
  });

  test("is none without a profile, or by one that is not in force", () => {
    expect(judgeConfinement({ ...facts, texts: [] }).severity).toBe("ok");
    expect(judgeConfinement({ ...facts, profiles: "" }).severity).toBe("ok");
  });
});
