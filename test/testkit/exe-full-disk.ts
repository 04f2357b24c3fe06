/** A real full disk under the agent's state: seen before, or met in the middle of a download. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { AgentFixture } from "./agent-fixture.ts";
import type { SmallDisk } from "./small-disk.ts";

/** So large the disk is, in bytes. */
export const diskBytes = 12_000_000;
const megabyte = 1_000_000;

/** A fixture whose state lies on a small disk. */
export interface OnSmallDisk {
  readonly fixture: AgentFixture;
  readonly disk: SmallDisk;
  readonly close: () => Promise<void>;
}

const outcome = z.object({
  result: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/**
 * The tests.
 *
 * @param open makes a fixture for a test
 */
export function fullDiskTests(open: () => Promise<OnSmallDisk>): void {
  let fixture: AgentFixture;
  let disk: SmallDisk;
  let close: OnSmallDisk["close"];
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
    ({ fixture, disk, close } = await open());
    await publish(megabyte);
    expect(await update()).toMatchObject({ code: 0, result: "updated" });
  });
  afterEach(() => close());

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
    const running = fixture.start("update", "--now", "--events");
    let filled = false;
    for await (const line of running.lines()) {
      if (filled || !line.includes('"fetching"')) continue;
      filled = true;
      disk.fill(0);
    }
    const { code, stdout } = await running.ended;
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
}
