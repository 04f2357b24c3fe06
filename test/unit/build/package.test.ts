import { describe, expect, test } from "vitest";
import { debConffiles, debControl, debName } from "../../../build/package/deb.ts";
import { type PackagePlan, packageVersion } from "../../../build/package/plan.ts";
import { rpmFiles, rpmName, rpmSpec } from "../../../build/package/rpm.ts";
import { fillScript } from "../../../build/package/scripts.ts";
import { packagePlans } from "../../../installers/linux/packages.ts";

const plan: PackagePlan = {
  name: "sample",
  program: "agent",
  architectures: ["x64", "arm64"],
  summary: "a sample",
  description: ["It is there", "to be packed."],
  user: "someone",
  home: "/var/lib/sample",
  files: [
    { source: "a", target: "usr/share/a", mode: 0o644 },
    { source: "b", target: "etc/sample/b", mode: 0o640, config: true },
  ],
  links: [{ target: "usr/bin/s", to: "sample" }],
  folders: [{ path: "/etc/sample", mode: 0o750, owner: "root", group: "someone" }],
  units: ["sample.service", "sample.timer"],
  restarted: ["sample.service"],
  purged: ["/etc/sample"],
  left: "the user someone",
};

describe("a version before a release", () => {
  test.each([
    ["1.2.3", "1.2.3"],
    ["1.2.3-rc.1", "1.2.3~rc.1"],
  ])("%s is %s to package managers", (version, expected) => {
    expect(packageVersion(version)).toBe(expected);
  });

  test("is part of the file's name, with what the format calls the processor", () => {
    expect(debName(plan, "1.0.0-rc.1", "arm64")).toBe("sample_1.0.0~rc.1_arm64.deb");
    expect(rpmName(plan, "1.0.0", "x64")).toBe("sample-1.0.0-1.x86_64.rpm");
    expect(rpmName(plan, "1.0.0", "arm64")).toBe("sample-1.0.0-1.aarch64.rpm");
  });
});

describe("maintainer scripts", () => {
  test("get every value of the plan", () => {
    const template = "@NAME@ @USER@ @HOME@ [@UNITS@] [@RESTARTED@] @PURGED@ @LEFT@\n@FOLDERS@";
    expect(fillScript(template, plan)).toBe(
      "sample someone /var/lib/sample [sample.service sample.timer] [sample.service] " +
        "/etc/sample the user someone\n0750 root someone /etc/sample",
    );
  });

  test("keep what is no blank", () => {
    expect(fillScript(`echo "$@" me@example.com @X1@`, plan)).toBe(`echo "$@" me@example.com @X1@`);
  });
});

describe("Debian's control files", () => {
  test("name version, processor, size and needs", () => {
    expect(debControl(plan, "1.0.0", "x64", 123).split("\n")).toEqual([
      "Package: sample",
      "Version: 1.0.0",
      "Architecture: amd64",
      "Maintainer: Vouchsafe project <maintainers@vouchsafe.invalid>",
      "Installed-Size: 123",
      expect.stringMatching(/^Depends: adduser, libc6 \(>= [\d.]+\), .*libstdc\+\+6 \(>= \d+\)$/),
      "Section: admin",
      "Priority: optional",
      "Description: a sample",
      " It is there",
      " to be packed.",
      "",
    ]);
  });

  test("list what is the operator's own", () => {
    expect(debConffiles(plan)).toBe("/etc/sample/b\n");
  });
});

describe("an rpm's spec", () => {
  test("gives each path its mode and owners, and keeps changed configuration", () => {
    expect(rpmFiles(plan, plan.files)).toEqual([
      "%dir %attr(0750, root, someone) /etc/sample",
      "%attr(0644, root, root) /usr/share/a",
      "%config(noreplace) %attr(0640, root, root) /etc/sample/b",
      "/usr/bin/s",
    ]);
  });

  test("lets nothing touch the executable, and finds no needs by itself", () => {
    const packaging = {
      root: "/r",
      plan,
      files: plan.files,
      version: "1.0.0",
      architecture: "x64" as const,
      stage: "/stage",
      installedKiB: 1,
      seconds: 0,
      output: "/o",
    };
    const spec = rpmSpec(packaging, new Map([["post", "true\n"]]));
    expect(spec).toContain("\n%define __os_install_post %{nil}\n");
    expect(spec).toMatch(/^%define __strip \/bin\/true\n/);
    expect(spec).toContain("\nAutoReqProv: no\n");
    expect(spec).toContain("\n%post\ntrue\n");
  });
});

describe.each(packagePlans)("the package $name", ({ files, folders, units, restarted, purged }) => {
  test("installs nothing twice", () => {
    const targets = files.map(({ target }) => target);
    expect(new Set(targets).size).toBe(targets.length);
  });

  test("keeps on upgrade whatever lies in /etc", () => {
    const inEtc = files.filter(({ target }) => target.startsWith("etc/"));
    expect(inEtc.every(({ config }) => config === true)).toBe(true);
  });

  test("installs the units that it stops, and restarts only those", () => {
    const installed = files
      .map(({ target }) => /^usr\/lib\/systemd\/system\/(.*)$/.exec(target)?.[1])
      .filter((name) => name !== undefined);
    expect(units.toSorted()).toEqual(installed.toSorted());
    expect(units).toEqual(expect.arrayContaining([...restarted]));
  });

  test("purges only folders of its own name, and what systemd notes of its timers", () => {
    const own = folders.map(({ path }) => path);
    const timers = units.filter((unit) => unit.endsWith(".timer"));
    const stamps = timers.map((timer) => `/var/lib/systemd/timers/stamp-${timer}`);
    for (const path of purged) expect([...own, ...stamps, "/var/log/vouchsafe"]).toContain(path);
    expect(purged).toEqual(expect.arrayContaining(stamps));
  });

  test("lets nobody but root and its user write", () => {
    for (const { mode } of [...files, ...folders]) expect(mode & 0o022).toBe(0);
  });
});
