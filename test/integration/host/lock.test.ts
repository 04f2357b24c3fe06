/** The lock between real processes: exclusive, and gone with its holder however that ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { acquireLock } from "../../../host/lock.ts";
import { modeOf, useTempDir } from "./temp-dir.ts";

const path = useTempDir();
const lockModule = new URL("../../../host/lock.ts", import.meta.url).href;

/** A process that takes the lock and keeps it until it is ended. */
async function holder(lockPath: string) {
  const source = `
    import { acquireLock } from ${JSON.stringify(lockModule)};
    const lock = await acquireLock(${JSON.stringify(lockPath)}, { waitMs: 5000 });
    process.stdout.write("held");
    setInterval(() => lock, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

describe("the lock", () => {
  test("is had by one at a time, also within a process", async () => {
    const first = await acquireLock(path("lock"), { waitMs: 0 });
    await expect(acquireLock(path("lock"), { waitMs: 0 })).rejects.toMatchObject({
      code: "busy.locked",
    });
    first.release();
    first.release();
    (await acquireLock(path("lock"), { waitMs: 0 })).release();
  });

  test("is still held after a second try in the same process", async () => {
    using lock = await acquireLock(path("lock"), { waitMs: 0 });
    await expect(acquireLock(path("lock"), { waitMs: 0 })).rejects.toThrow();
    const source = `
      import { acquireLock } from ${JSON.stringify(lockModule)};
      await acquireLock(${JSON.stringify(path("lock"))}, { waitMs: 0 });
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", source]);
    const [code] = await once(child, "exit");
    expect([code, typeof lock.release]).toEqual([1, "function"]);
  });

  test("is waited for", async () => {
    const first = await acquireLock(path("lock"), { waitMs: 0 });
    setTimeout(() => first.release(), 200);
    (await acquireLock(path("lock"), { waitMs: 5000 })).release();
  });

  test("is free at once after its holder was killed", async () => {
    const child = await holder(path("lock"));
    await expect(acquireLock(path("lock"), { waitMs: 100 })).rejects.toMatchObject({
      code: "busy.locked",
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    (await acquireLock(path("lock"), { waitMs: 0 })).release();
  });

  test("ends the wait with the signal", async () => {
    using lock = await acquireLock(path("lock"), { waitMs: 0 });
    const reason = new Error("enough");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    const options = { waitMs: 60_000, signal: controller.signal };
    await expect(acquireLock(path("lock"), options)).rejects.toBe(reason);
    lock.release();
  });

  test("cannot be touched by other users", async () => {
    (await acquireLock(path("lock"), { waitMs: 0 })).release();
    expect(modeOf(path("lock"))).toBe(0o600);
  });

  test("survives a damaged or an empty lock file", async () => {
    for (const content of ["", "x".repeat(5000)]) {
      writeFileSync(path("lock"), content);
      (await acquireLock(path("lock"), { waitMs: 1000 })).release();
    }
  });

  test("in a folder that does not exist is a disk error", async () => {
    const lock = acquireLock(path("none", "lock"), { waitMs: 0 });
    await expect(lock).rejects.toMatchObject({ code: "disk.io" });
  });
});
