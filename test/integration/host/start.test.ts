/** A program as a process: exit codes, signals, pipes that close, and what it loads. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const sample = fileURLToPath(new URL("sample-program.ts", import.meta.url));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [sample, ...args], {
    encoding: "utf8",
    maxBuffer: 10_000_000,
  });
  return { status, stdout, stderr };
}

/** Starts a verb, waits until it says that it waits, sends the signals one after the other. */
async function signalled(verb: string, ...signals: NodeJS.Signals[]) {
  const child = spawn(process.execPath, [sample, verb, "--json"]);
  let stdout = "";
  child.stdout.on("data", (piece) => {
    stdout += String(piece);
  });
  await once(child.stderr, "data");
  const exit = once(child, "exit");
  const closed = once(child.stdout, "close");
  for (const signal of signals) {
    child.kill(signal);
    await new Promise((done) => setTimeout(done, 100));
  }
  const [code] = await exit;
  await closed;
  return { code, stdout };
}

describe("a program", () => {
  test("ends with its exit code after all of a large output was written to a pipe", () => {
    const { status, stdout, stderr } = run("document", "--json");
    expect([status, stderr]).toEqual([8, ""]);
    expect(JSON.parse(stdout)).toEqual({ text: "x".repeat(1_000_000) });
  });

  test("whose standard error lies on a full disk does its work all the same", () => {
    const command = `"${process.execPath}" "${sample}" nonsense 2>/dev/full; echo "$?"`;
    expect(spawnSync("bash", ["-c", command], { encoding: "utf8" }).stdout).toBe("2\n");
  });

  test("prints nothing but its output: no warning of the runtime", () => {
    expect(run("--version").stderr).toBe("");
    expect(run("--version").stdout).toMatch(/^sample \d+\.\d+\.\d+ \(development, node 24\./);
  });

  test("is not disturbed by a reader that goes away", () => {
    const command = `"${process.execPath}" "${sample}" much | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" });
    expect(stdout).toMatch(/^line 0 x+\n0\n$/);
    expect(stderr).toBe("");
  });
});

describe("a signal", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends what waits, with %i and one document", async (signal, code) => {
    const result = await signalled("wait", signal);
    expect(result.code).toBe(code);
    expect(JSON.parse(result.stdout)).toMatchObject({
      result: "failed",
      error: { code: "internal.interrupted", message: `Interrupted by ${signal}.` },
    });
  });

  test("lets a verb finish in its own way, though timers are open", async () => {
    const result = await signalled("finish", "SIGTERM");
    expect(result).toMatchObject({ code: 0 });
    expect(JSON.parse(result.stdout)).toEqual({ result: "done" });
  });

  test("SIGINT twice ends what does not listen", async () => {
    expect(await signalled("stubborn", "SIGINT", "SIGINT")).toMatchObject({ code: 130 });
  });
});

/** Files that a file loads with it, all the way down, and packages they name. */
function loadedBy(file: string, files = new Set<string>(), packages = new Set<string>()) {
  if (files.has(file)) return { files, packages };
  files.add(file);
  const source = readFileSync(file, "utf8");
  const imports = /^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gms;
  for (const [, specifier = ""] of source.matchAll(imports)) {
    if (specifier.endsWith(".ts")) loadedBy(resolve(dirname(file), specifier), files, packages);
    else packages.add(specifier);
  }
  return { files, packages };
}

test("the frame loads no package, and of the runtime only what is quick", () => {
  const start = fileURLToPath(new URL("../../../host/cli/start.ts", import.meta.url));
  const { files, packages } = loadedBy(start);
  expect(files.size).toBeGreaterThan(8);
  expect([...packages].toSorted()).toEqual(["node:process", "node:timers/promises", "node:util"]);
});
