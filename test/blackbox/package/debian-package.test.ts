import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const dist = resolve(import.meta.dirname, "../../../dist");
const packages = join(dist, "packages");
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: "utf8" });

describe("the Debian package", () => {
  let folder = "";
  let archive = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "vouchsafe-deb-"));
    archive = join(packages, readdirSync(packages).find((name) => name.endsWith(".deb")) ?? "");
    run("dpkg-deb", "--raw-extract", archive, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = (path: string): string => readFileSync(join(folder, path), "utf8");

  test("installs the executable, its link, the service and the configuration, all owned by root", () => {
    const listed = run("dpkg-deb", "--contents", archive);
    for (const line of [
      /^-rwxr-xr-x root\/root .* \.\/usr\/bin\/vouchsafe-agent$/m,
      /^lrwxrwxrwx root\/root .* \.\/usr\/bin\/agent -> vouchsafe-agent$/m,
      /^-rw-r--r-- root\/root .* \.\/lib\/systemd\/system\/vouchsafe-agent\.service$/m,
      /^-rw-r--r-- root\/root .* \.\/etc\/vouchsafe\/agent\.yaml$/m,
    ]) {
      expect(listed).toMatch(line);
    }
  });

  test("carries the very executable that was built, and it runs", () => {
    const packaged = join(folder, "usr/bin/agent");
    const built = join(dist, "vouchsafe-agent");
    expect(readFileSync(packaged).equals(readFileSync(built))).toBe(true);
    expect(run(packaged, "--version")).toContain("0.1.0");
  });

  test("keeps the operator's configuration on upgrade", () => {
    expect(read("DEBIAN/conffiles")).toBe("/etc/vouchsafe/agent.yaml\n");
  });

  test("has maintainer scripts that a POSIX shell can read, and that stop at the first error", () => {
    for (const script of ["postinst", "prerm", "postrm"]) {
      const path = join(folder, "DEBIAN", script);
      expect(run("sh", "-n", path)).toBe("");
      expect(readFileSync(path, "utf8")).toMatch(/^#!\/bin\/sh\n(#.*\n)+set -e\n/);
    }
  });

  test("never enables or starts the agent by itself", () => {
    expect(read("DEBIAN/postinst")).not.toMatch(/systemctl (start|enable|restart)/);
  });

  test("the service does not start without a bootstrap root, nor as root", () => {
    const unit = read("lib/systemd/system/vouchsafe-agent.service");
    expect(unit).toContain("\nConditionPathExists=/etc/vouchsafe/root.json\n");
    expect(unit).toContain("\nUser=vouchsafe\n");
    expect(unit).toContain("\nNoNewPrivileges=yes\n");
    expect(unit).toContain("\nProtectSystem=strict\n");
  });

  test("has what clamd needs under AppArmor, to be added by the operator", () => {
    const rules = read("usr/share/doc/vouchsafe-agent/apparmor/usr.sbin.clamd");
    expect(rules).toContain("/var/lib/vouchsafe/databases/*/generations/** r,");
    expect(rules).not.toMatch(/^[^#].* [a-z]*[wkx][a-z]*,$/m);
  });

  test("says whose work is inside", () => {
    expect(read("usr/share/doc/vouchsafe-agent/copyright")).toContain("Apache License");
    expect(read("usr/share/doc/vouchsafe-agent/NOTICES.txt")).toContain("tweetnacl");
    expect(read("usr/share/doc/vouchsafe-agent/NODE-LICENSE.txt")).toContain("Node.js is licensed");
  });
});
