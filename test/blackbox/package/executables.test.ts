import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dist, run } from "../../testkit/built-packages.ts";
import { programHere } from "../../testkit/exe-program.ts";
import { versionTests } from "../../testkit/exe-version.ts";

describe.each(["agent", "publisher", "console"])("the executable of the %s", (program) => {
  const name = `vouchsafe-${program}`;
  const executable = join(dist, name);

  // On this machine that also says that its code cache is taken.
  versionTests(() => programHere([executable]), name);

  test("contains that very bundle", () => {
    expect(readFileSync(executable).includes(readFileSync(`${executable}.cjs`))).toBe(true);
  });

  test("says the same as its bundle alone", () => {
    const bundle = run(process.execPath, `${executable}.cjs`, "--version", "--json");
    expect(run(executable, "--version", "--json")).toBe(bundle);
  });

  test("names no folder of the machine that built it", () => {
    expect(readFileSync(executable).includes(dist)).toBe(false);
  });
});

describe("the console's executable", () => {
  let folder = "";
  let executable = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "vouchsafe-console-"));
    // Away from the build, where it could find the page beside itself.
    executable = join(folder, "vouchsafe-console");
    await copyFile(join(dist, "vouchsafe-console"), executable);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("serves the page from inside itself, and keeps its database", async () => {
    const data = join(folder, "data");
    await mkdir(data, { mode: 0o700 });
    const serving = spawn(executable, ["serve", "--data", data, "--listen", "127.0.0.1:0"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(serving, "exit");
    try {
      const [line] = await once(createInterface(serving.stdout), "line");
      const url = /^The console listens at (.*)$/.exec(String(line))?.[1];
      const page = await fetch(new URL("/page.js", url));
      const built = readFileSync(join(dist, "console-web/page.js"));
      expect(built.equals(Buffer.from(await page.arrayBuffer()))).toBe(true);
      expect(run(executable, "token", "new", "--data", data)).not.toBe("");
    } finally {
      serving.kill();
      await ended;
    }
  });
});

describe("the agent's executable for arm64", () => {
  const executable = join(dist, "linux-arm64/vouchsafe-agent");
  const emulator = "/usr/bin/qemu-aarch64-static";
  const libraries = "/usr/aarch64-linux-gnu";

  test("is one for that processor, with the same bundle inside", () => {
    expect(run("readelf", "--file-header", executable)).toMatch(/^ *Machine: *AArch64$/m);
    const bundle = readFileSync(join(dist, "vouchsafe-agent.cjs"));
    expect(readFileSync(executable).includes(bundle)).toBe(true);
  });

  test.skipIf(!existsSync(emulator) || !existsSync(libraries))(
    "runs, here under emulation, and says the same as the one for x64",
    () => {
      const emulated = run(emulator, "-L", libraries, executable, "--version", "--json");
      expect(emulated).toBe(run(join(dist, "vouchsafe-agent"), "--version", "--json"));
    },
  );
});
