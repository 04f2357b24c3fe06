/** Man pages and completions as the build writes them: read by the programs that will read them. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentProgram } from "../../../agent/cli/program.ts";
import { buildHelpFiles } from "../../../build/help-files.ts";

const run = promisify(execFile);
const project = resolve(import.meta.dirname, "../../..");
const identity = { version: "1.2.3", commit: "abc", committedAt: 1_795_500_000 };
const groff = "/usr/bin/groff";
const mandoc = "/usr/bin/mandoc";
let root = "";
let man = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vouchsafe-help-"));
  man = join(root, "dist/man");
  await mkdir(join(root, "config/examples"), { recursive: true });
  await cp(join(project, "config/examples"), join(root, "config/examples"), { recursive: true });
  await buildHelpFiles(root, identity);
});
afterAll(() => rm(root, { recursive: true }));

const rendered = async (...pages: readonly string[]): Promise<string> => {
  const args = ["-man", "-ww", "-Tutf8", "-P-cbou", ...pages.map((page) => join(man, page))];
  const { stdout, stderr } = await run(groff, args, { maxBuffer: 10_000_000 });
  expect(stderr).toBe("");
  return stdout;
};

test("there is a page for each program and each of its commands, and one for the configuration", async () => {
  const pages = await readdir(man);
  for (const name of ["agent", "publisher", "console"])
    expect(pages).toContain(`vouchsafe-${name}.1`);
  for (const { name } of agentProgram.verbs) {
    expect(pages).toContain(`vouchsafe-agent-${name.replaceAll(" ", "-")}.1`);
  }
  expect(pages).toContain("vouchsafe-agent.yaml.5");
});

test("there is a completion for each program and shell", async () => {
  const completions = join(root, "dist/completions");
  expect((await readdir(completions)).toSorted()).toEqual(["bash", "fish", "zsh"]);
  expect(await readdir(join(completions, "bash"))).toContain("vouchsafe-agent");
  expect(await readdir(join(completions, "zsh"))).toContain("_vouchsafe-agent");
  expect(await readdir(join(completions, "fish"))).toContain("vouchsafe-agent.fish");
});

test("a second build leaves nothing of the first, and the same bytes", async () => {
  const before = await readFile(join(man, "vouchsafe-agent.1"));
  await cp(join(man, "vouchsafe-agent.1"), join(man, "vouchsafe-agent-gone.1"));
  await buildHelpFiles(root, identity);
  expect(await readdir(man)).not.toContain("vouchsafe-agent-gone.1");
  expect(await readFile(join(man, "vouchsafe-agent.1"))).toEqual(before);
});

describe.runIf(existsSync(groff))("groff", () => {
  test("reads every page without a warning", async () => {
    await rendered(...(await readdir(man)));
  });

  test("shows options as they are typed, and examples in one line", async () => {
    const text = await rendered("vouchsafe-agent-hold.1");
    expect(text).toContain("vouchsafe-agent hold --reason TEXT [options] DATABASE");
    expect(text).toContain(
      'vouchsafe-agent hold daily --reason "audit of the mail servers" --for 24h',
    );
    expect(text).toMatch(/Vouchsafe 1\.2\.3 +2026-11-24 +VOUCHSAFE-AGENT-HOLD\(1\)/);
  });

  test("shows the keys of the configuration with defaults, and a whole example", async () => {
    const text = await rendered("vouchsafe-agent.yaml.5");
    expect(text).toMatch(/^ +repository\.root\n +\(text; default \/etc\/vouchsafe\/root\.json\)/m);
    expect(text).toContain('        - { files: "*.ndb", maxFall: 10 }');
  });
});

test.runIf(existsSync(mandoc))("mandoc reads every page without a warning", async () => {
  const pages = (await readdir(man)).map((page) => join(man, page));
  const { stdout } = await run(mandoc, ["-T", "lint", "-W", "warning", ...pages]);
  expect(stdout).toBe("");
});
