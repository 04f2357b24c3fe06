import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NtExecutable, NtExecutableResource, Resource } from "resedit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { versionInfo } from "../../../host/version.ts";

const path = join(import.meta.dirname, "../../../dist/win-x64/vouchsafe-agent.exe");
const english = { lang: 1033, codepage: 1200 };

function canSign(): boolean {
  try {
    for (const tool of ["/usr/bin/osslsigncode", "/usr/bin/openssl"]) {
      accessSync(tool, constants.X_OK);
    }
    return true;
  } catch {
    return false;
  }
}

describe("the executable for Windows", () => {
  let executable: NtExecutable;
  let resources: NtExecutableResource;
  beforeAll(() => {
    executable = NtExecutable.from(readFileSync(path));
    resources = NtExecutableResource.from(executable);
  });

  test("is a program of the console for x64", () => {
    expect(executable.newHeader.fileHeader.machine).toBe(0x8664);
    expect(executable.newHeader.optionalHeader.subsystem).toBe(3);
  });

  test("says whose it is, and which version", () => {
    const [info] = Resource.VersionInfo.fromEntries(resources.entries);
    const values = info?.getStringValues(english);
    expect(values).toMatchObject({
      ProductName: "Vouchsafe",
      OriginalFilename: "vouchsafe-agent.exe",
      FileVersion: versionInfo.version,
    });
    const [major = 0, minor = 0] = versionInfo.version.split(".").map(Number);
    expect(info?.fixedInfo.fileVersionMS).toBe(major * 65_536 + minor);
  });

  test("has our icon in four sizes", () => {
    const [group] = Resource.IconGroupEntry.fromEntries(resources.entries);
    expect(group?.icons.map(({ width }) => width)).toEqual([16, 32, 48, 0]); // 0 is 256
  });

  test("bears no signature of the runtime's maker", () => {
    expect(executable.newHeader.optionalHeaderDataDirectory.get(4)).toMatchObject({ size: 0 });
  });
});

describe.runIf(canSign())("signed by its vendor", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "vouchsafe-sign-"));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test("the executable verifies", () => {
    const key = join(dir, "key.pem");
    const certificate = join(dir, "cert.pem");
    const signed = join(dir, "signed.exe");
    const subject = ["-subj", "/CN=Throw-away", "-addext", "extendedKeyUsage=codeSigning"];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject];
    execFileSync("/usr/bin/openssl", [...request, "-keyout", key, "-out", certificate], {
      stdio: "ignore",
    });
    const sign = ["sign", "-certs", certificate, "-key", key, "-h", "sha256"];
    execFileSync("/usr/bin/osslsigncode", [...sign, "-in", path, "-out", signed]);
    const verify = ["verify", "-CAfile", certificate, "-in"];
    expect(execFileSync("/usr/bin/osslsigncode", [...verify, signed]).toString()).toContain(
      "Succeeded",
    );
  });
});
