import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { dist, packagePath, run, unpackDeb } from "../../testkit/built-packages.ts";

const { version } = packageJson;

interface Case {
  readonly program: string;
  /** The units that are installed; the first is what runs. */
  readonly units: readonly string[];
  readonly user: string;
  readonly conffiles: readonly string[];
  /** A package that is inside the bundle. */
  readonly contains: string;
}

const cases: readonly Case[] = [
  {
    program: "agent",
    units: ["agent.service", "agent-oneshot.service", "agent-oneshot.timer", "agent-relay.service"],
    user: "vouchsafe",
    conffiles: ["/etc/vouchsafe/agent.yaml"],
    contains: "got",
  },
  {
    program: "publisher",
    units: ["publisher-refresh.service", "publisher-refresh.timer"],
    user: "vouchsafe-publisher",
    conffiles: [],
    contains: "tweetnacl",
  },
  {
    program: "console",
    units: ["console.service"],
    user: "vouchsafe-console",
    conffiles: ["/etc/default/vouchsafe-console"],
    contains: "fastify",
  },
];

describe.each(cases)("the Debian package of the $program", (expected) => {
  const { program, units, user, conffiles, contains } = expected;
  const name = `vouchsafe-${program}`;
  const archive = `${name}_${version}_amd64.deb`;
  let folder = "";
  beforeAll(() => {
    folder = unpackDeb(archive);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (path: string): string => readFileSync(join(folder, path), "utf8");

  test("is root's, and nobody else can write into it", () => {
    const listed = run("dpkg-deb", "--contents", packagePath(archive)).trimEnd().split("\n");
    for (const line of listed) {
      expect(line).toMatch(/^([d-]rw[x-]r-[x-][r-]-[x-]|lrwxrwxrwx) root\/root /);
    }
  });

  test("carries the very executable that was built, and it runs", () => {
    const packaged = join(folder, "usr/bin", name);
    expect(readFileSync(packaged).equals(readFileSync(join(dist, name)))).toBe(true);
    expect(run(packaged, "--version")).toMatch(new RegExp(`^${name} ${version} \\(`));
  });

  test("installs its units where systemd looks for them", () => {
    for (const unit of units) {
      expect(read(`usr/lib/systemd/system/vouchsafe-${unit}`)).toContain("\nDescription=");
    }
    const service = units.find((unit) => unit.endsWith(".service")) ?? "";
    const text = read(`usr/lib/systemd/system/vouchsafe-${service}`);
    expect(text).toContain(`\nUser=${user}\n`);
    expect(text).toContain("\nProtectSystem=strict\n");
    expect(text).toContain(`ExecStart=/usr/bin/${name} `);
  });

  test("keeps what the operator changed on upgrade", () => {
    const path = join(folder, "DEBIAN/conffiles");
    const listed = existsSync(path) ? readFileSync(path, "utf8") : "";
    expect(listed).toBe(conffiles.map((file) => `${file}\n`).join(""));
  });

  test("has maintainer scripts that a POSIX shell can read, and that stop at the first error", () => {
    for (const script of ["postinst", "prerm", "postrm"]) {
      const path = join(folder, "DEBIAN", script);
      expect(run("sh", "-n", path)).toBe("");
      const text = readFileSync(path, "utf8");
      expect(text).toMatch(/^#!\/bin\/sh\n(#.*\n)+set -e\n/);
      expect(text).not.toMatch(/@[A-Z]+@/);
    }
  });

  test("never enables or starts anything by itself", () => {
    expect(read("DEBIAN/postinst")).not.toMatch(/systemctl (start|enable|restart)/);
    expect(read("DEBIAN/postinst")).toMatch(/systemctl try-restart vouchsafe-/);
  });

  test("brings man pages and completions", () => {
    const page = readFileSync(join(folder, `usr/share/man/man1/${name}.1.gz`));
    expect(gunzipSync(page).toString()).toMatch(/^\.TH /m);
    expect(page.readUInt32LE(4)).toBe(0); // no time stamp: the same page gives the same bytes
    for (const script of [
      `bash-completion/completions/${name}`,
      `zsh/vendor-completions/_${name}`,
      `fish/vendor_completions.d/${name}.fish`,
    ]) {
      expect(read(`usr/share/${script}`)).toContain(name);
    }
  });

  test("says whose work is inside", () => {
    const documents = `usr/share/doc/${name}`;
    expect(read(`${documents}/copyright`)).toContain("Apache License");
    const notices = read(`${documents}/NOTICES.txt`);
    expect(notices).toMatch(new RegExp(`^${contains} \\d.*\\n=+$`, "m"));
    expect(notices).toContain("Node.js is licensed");
    expect(read(`${documents}/sbom.cdx.json`)).toContain(`"pkg:npm/${contains}@`);
  });
});

describe("the agent's Debian package", () => {
  let folder = "";
  beforeAll(() => {
    folder = unpackDeb(`vouchsafe-agent_${version}_amd64.deb`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (path: string): string => readFileSync(join(folder, path), "utf8");

  test("has the short name of its program, too", () => {
    expect(run(join(folder, "usr/bin/agent"), "--version")).toContain(`vouchsafe-agent ${version}`);
  });

  test("does not start without a bootstrap root", () => {
    for (const unit of ["vouchsafe-agent.service", "vouchsafe-agent-oneshot.service"]) {
      const text = read(`usr/lib/systemd/system/${unit}`);
      expect(text).toContain("\nConditionPathExists=/etc/vouchsafe/root.json\n");
    }
  });

  test("keeps /etc/vouchsafe, where credentials lie, to root and the service's group", () => {
    expect(read("DEBIAN/postinst")).toContain("\n0750 root vouchsafe /etc/vouchsafe\n");
  });

  test("has what clamd needs under AppArmor, to be added by the operator", () => {
    const rules = read("usr/share/doc/vouchsafe-agent/apparmor/usr.sbin.clamd");
    expect(rules).toContain("/var/lib/vouchsafe/databases/*/generations/** r,");
    expect(rules).not.toMatch(/^[^#].* [a-z]*[wkx][a-z]*,$/m);
  });

  test("says its size, so that apt can tell whether it fits", () => {
    const size = Number(/^Installed-Size: (\d+)$/m.exec(read("DEBIAN/control"))?.[1]);
    const executable = statSync(join(folder, "usr/bin/vouchsafe-agent")).size / 1024;
    expect(size).toBeGreaterThan(executable);
    expect(size).toBeLessThan(executable + 4096);
  });
});

describe("the publisher's Debian package", () => {
  test("leaves keys and repository even when it is purged, and says so", () => {
    const folder = unpackDeb(`vouchsafe-publisher_${version}_amd64.deb`);
    try {
      const postrm = readFileSync(join(folder, "DEBIAN/postrm"), "utf8");
      expect(postrm).toContain(
        "for path in /var/lib/systemd/timers/stamp-vouchsafe-publisher-refresh.timer; do\n",
      );
      expect(postrm).toContain("and /var/lib/vouchsafe-publisher with keys and repository.");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
