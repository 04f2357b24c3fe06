/** Running real programs: output, time, and what is left when their time is over. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runProcess } from "../../../host/process.ts";
import { useTempDir } from "./temp-dir.ts";

const path = useTempDir();
const env = { PATH: "/usr/bin:/bin" };
const limits = { env, timeoutMs: 5000, maxOutputBytes: 1000 };

const shell = (script: string, options: Partial<Parameters<typeof runProcess>[1]> = {}) =>
  runProcess(["/bin/sh", "-c", script], { ...limits, ...options });

describe("runProcess", () => {
  test("gives exit code and both outputs", async () => {
    expect(await shell("echo out; echo err >&2; exit 3")).toEqual({
      code: 3,
      signal: null,
      stdout: "out\n",
      stderr: "err\n",
      timedOut: false,
      truncated: false,
    });
  });

  test("gives the signal that ended it", async () => {
    expect(await shell("kill -TERM $$")).toMatchObject({ code: null, signal: "SIGTERM" });
  });

  test("passes arguments as they are: no shell looks at them", async () => {
    const { stdout } = await runProcess(["printf", "%s", "$HOME; `id` *"], limits);
    expect(stdout).toBe("$HOME; `id` *");
  });

  test("passes exactly the environment given", async () => {
    const { stdout } = await runProcess(["/usr/bin/env"], { ...limits, env: { ONLY: "this" } });
    expect(stdout).toBe("ONLY=this\n");
  });

  test("feeds input, and end of file without it", async () => {
    expect(await shell("cat", { input: "fed" })).toMatchObject({ stdout: "fed" });
    expect(await shell("cat")).toMatchObject({ stdout: "" });
    expect(await shell("exit 0", { input: "x".repeat(1e6) })).toMatchObject({ code: 0 });
  });

  test("keeps only so much output, and lets the program end", async () => {
    const result = await shell("head -c 500000 /dev/zero | tr '\\0' x", { maxOutputBytes: 10 });
    expect(result).toMatchObject({ code: 0, stdout: "x".repeat(10), truncated: true });
  });

  test("ends the whole group when the time is over", async () => {
    const script = `(sleep 1; echo late > ${path("late")}) & echo $! > ${path("pid")}; wait`;
    const result = await shell(script, { timeoutMs: 300 });
    expect(result).toMatchObject({ timedOut: true, signal: "SIGKILL" });
    const pid = Number(readFileSync(path("pid"), "utf8"));
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(existsSync(path("late"))).toBe(false);
  });

  test("ends the group when the signal says so, with its reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 100);
    await expect(shell("sleep 60", { signal: controller.signal })).rejects.toBe(reason);
  });

  test("does not wait for a daemon that keeps the output open", async () => {
    const started = performance.now();
    const result = await shell(`sleep 3 & echo $! > ${path("pid")}; echo started`);
    expect(result).toMatchObject({ code: 0, stdout: "started\n", timedOut: false });
    expect(performance.now() - started).toBeLessThan(2500);
    process.kill(Number(readFileSync(path("pid"), "utf8")));
  });

  test("that cannot be started gives the system's error", async () => {
    const missing = runProcess([path("missing")], limits);
    await expect(missing).rejects.toMatchObject({ code: "ENOENT" });
  });
});

/** Whether a process exists and is more than a zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
