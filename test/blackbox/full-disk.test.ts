/**
 * A real full disk: the agent's state lies on a tmpfs of 12 MB. Needs root to mount it; without,
 * the tests are skipped with the reason printed.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type AgentFixture, agentFixture, executable } from "../testkit/agent-fixture.ts";
import { mountSmallDisk, type SmallDisk } from "../testkit/small-disk.ts";

const diskBytes = 12_000_000;
const megabyte = 1_000_000;

function whyNot(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "vouchsafe-mount-"));
  try {
    const disk = mountSmallDisk(folder, megabyte);
    if (typeof disk === "string") return disk;
    disk.unmount();
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const reason = process.platform === "linux" ? whyNot() : "not Linux";
if (reason !== undefined) process.stderr.write(`full-disk tests skipped: ${reason}\n`);

const outcome = z.object({
  result: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

describe.skipIf(reason !== undefined)("a full disk", () => {
  let fixture: AgentFixture;
  let disk: SmallDisk;
  let main: Buffer;

  async function publish(bytes: number): Promise<void> {
    main = randomBytes(bytes); // does not compress
    fixture.publisher.release("daily", { "main.bin": main, "same.txt": "same\n" });
    await fixture.publisher.publish();
  }
  async function update() {
    const run = await fixture.agent("update", "--now", "--json");
    return { code: run.code, ...outcome.parse(JSON.parse(run.stdout)) };
  }
  const database = () => join(fixture.state, "databases/daily");
  const current = () => readFileSync(join(database(), "current/main.bin"));
  const strays = () =>
    readdirSync(join(database(), "generations")).filter((name) => name.startsWith("."));

  beforeEach(async () => {
    fixture = await agentFixture(executable);
    mkdirSync(fixture.state, { mode: 0o755 });
    const mounted = mountSmallDisk(fixture.state, diskBytes);
    if (typeof mounted === "string") throw new Error(mounted);
    disk = mounted;
    await publish(megabyte);
    expect(await update()).toMatchObject({ code: 0, result: "updated" });
  });
  afterEach(async () => {
    disk.unmount();
    await fixture.remove();
  });

  test("is seen before anything is written, with the exact amounts; space freed, all goes on", async () => {
    const installed = main;
    await publish(3 * megabyte);
    disk.fill(2 * megabyte);
    const full = await update();
    expect(full).toMatchObject({ code: 5, result: "failed", error: { code: "disk.full" } });
    const [, needed, free, missing] =
      /^daily needs (\d+) bytes in .*, where (\d+) are free: free (\d+) more\.$/.exec(
        full.error?.message ?? "",
      ) ?? [];
    expect(Number(needed)).toBeGreaterThan(main.length);
    expect(Number(free)).toBeLessThanOrEqual(2 * megabyte);
    expect(Number(missing)).toBe(Number(needed) - Number(free));
    expect(current().equals(installed)).toBe(true);
    expect(strays()).toEqual([]);

    disk.free();
    disk.fill(Number(needed) + 200_000);
    expect(await update()).toMatchObject({ code: 0, result: "updated" });
    expect(current().equals(main)).toBe(true);
  });

  test("in the middle of a download leaves current and no trace; space freed, all goes on", async () => {
    const installed = main;
    await publish(3 * megabyte);
    fixture.server.misbehave(/main\.bin/, { kind: "slow", bytes: 32_768, pauseMs: 10 });
    const { child, ended } = fixture.start("update", "--now", "--events");
    if (child.stdout === null) throw new Error("the agent has no output");
    let filled = false;
    for await (const line of createInterface({ input: child.stdout })) {
      if (filled || !line.includes('"fetching"')) continue;
      filled = true;
      disk.fill(0);
    }
    const { code, stdout } = await ended;
    expect([filled, code, stdout]).toEqual([true, 5, expect.stringContaining("disk.full")]);
    expect(current().equals(installed)).toBe(true);
    expect(strays()).toEqual([]);

    expect((await update()).code).toBe(5);
    expect((await fixture.agent("verify", "--deep")).code).toBe(0);
    expect((await fixture.agent("status")).code).toBe(0);

    disk.free();
    fixture.server.behave();
    expect(await update()).toMatchObject({ code: 0, result: "updated" });
    expect(current().equals(main)).toBe(true);
  });
});
