import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { dist, packagePath, run, unpackRpm } from "../../testkit/built-packages.ts";

const { version } = packageJson;

interface Case {
  readonly program: string;
  readonly user: string;
  /** Mode, user and group of folders, and what an upgrade keeps: as `rpm --dump` tells them. */
  readonly owned: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  {
    program: "agent",
    user: "vouchsafe",
    owned: {
      "/etc/vouchsafe": "040750 root vouchsafe",
      "/etc/vouchsafe/agent.d": "040750 root vouchsafe",
      "/etc/vouchsafe/agent.yaml": "0100644 root root config",
      "/var/lib/vouchsafe": "040755 vouchsafe vouchsafe",
      "/usr/bin/agent": "0120777 root root",
      "/usr/bin/vouchsafe-agent": "0100755 root root",
      "/usr/lib/systemd/system/vouchsafe-agent.service": "0100644 root root",
    },
  },
  {
    program: "publisher",
    user: "vouchsafe-publisher",
    owned: {
      "/etc/vouchsafe-publisher": "040700 root root",
      "/var/lib/vouchsafe-publisher": "040755 vouchsafe-publisher vouchsafe-publisher",
      "/usr/lib/systemd/system/vouchsafe-publisher-refresh.timer": "0100644 root root",
    },
  },
  {
    program: "console",
    user: "vouchsafe-console",
    owned: {
      "/etc/default/vouchsafe-console": "0100640 root root config",
      "/var/lib/vouchsafe-console": "040700 vouchsafe-console vouchsafe-console",
      "/usr/lib/systemd/system/vouchsafe-console.service": "0100644 root root",
    },
  },
];

/** Path → mode and owners, from `path size mtime digest mode owner group isconfig …`. */
const filesOf = (dump: string): Map<string, string> =>
  new Map(
    dump
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([path = "", , , , mode, owner, group, config]) => [
        path,
        `${mode} ${owner} ${group}${config === "1" ? " config" : ""}`,
      ]),
  );

describe.each(cases)("the rpm of the $program", ({ program, user, owned }) => {
  const name = `vouchsafe-${program}`;
  const file = `${name}-${version}-1.x86_64.rpm`;
  const query = (...options: string[]): string => run("rpm", "-qp", ...options, packagePath(file));
  let folder = "";
  beforeAll(() => {
    folder = unpackRpm(file);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is whole", () => {
    expect(run("rpm", "--checksig", "--nosignature", packagePath(file))).toMatch(/ OK\n$/);
  });

  test("unpacked, carries the very executable that was built, and it runs", () => {
    const packaged = join(folder, "usr/bin", name);
    expect(readFileSync(packaged).equals(readFileSync(join(dist, name)))).toBe(true);
    expect(run(packaged, "--version")).toMatch(new RegExp(`^${name} ${version} \\(`));
  });

  test("gives each path its mode and owners, and keeps changed configuration", () => {
    const found = filesOf(query("--dump"));
    for (const [path, expected] of Object.entries(owned)) {
      expect(`${path} ${found.get(path)}`).toBe(`${path} ${expected}`);
    }
  });

  test("installs the same files as the Debian package", () => {
    const deb = packagePath(`${name}_${version}_amd64.deb`);
    const listed = run("sh", "-ec", 'dpkg-deb --fsys-tarfile "$1" | tar -t', "sh", deb);
    const paths = listed.split("\n").filter((path) => path !== "" && !path.endsWith("/"));
    const found = filesOf(query("--dump"));
    expect(paths.map((path) => path.slice(1)).filter((path) => !found.has(path))).toEqual([]);
  });

  test("makes its user first, and never enables or starts anything by itself", () => {
    const scripts = query("--scripts");
    expect(scripts).toMatch(/^preinstall scriptlet/);
    expect(scripts).toContain(`useradd --system --gid ${user} `);
    expect(scripts).not.toMatch(/systemctl (start|enable|restart)/);
    expect(scripts).toMatch(/systemctl try-restart vouchsafe-/);
    expect(scripts).not.toMatch(/@[A-Z]+@/);
  });

  test("needs what makes a user, and no package by a name that only some systems have", () => {
    const needed = query("--requires").trimEnd().split("\n");
    expect(needed).toContain("/usr/sbin/useradd");
    for (const need of needed) expect(need).toMatch(/^(\/|rpmlib\(|lib[\w+]+\.so\.\d+\()/);
  });
});
