/** A download that is cut by `kill -9`, again and again, goes on where it was. */
import { randomBytes, randomInt } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AgentFixture, agentFixture } from "./agent-fixture.ts";
import type { AgentProgram } from "./exe-program.ts";

const cuts = 20;
const lostPerCut = 64 * 1024;
const patience = { timeout: 60_000 } as const;
const sizes = [
  ["6 MiB", 6 * 1024 * 1024],
  ["600 KiB, whose parts are not flushed", 600 * 1024],
] as const;

const startOf = (range: string | undefined): number =>
  Number(/^bytes=([0-9]+)-$/.exec(range ?? "bytes=0-")?.[1]);

/**
 * The test.
 *
 * @param program asked for when a test begins
 */
export function resumeTests(program: () => AgentProgram): void {
  let fixture: AgentFixture;

  beforeEach(async () => {
    fixture = await agentFixture(program());
  });
  afterEach(() => fixture?.remove());

  const folder = (): string => join(fixture.state, "partial", "daily");

  /** Bytes of the file that are kept. */
  async function kept(): Promise<number> {
    const names = await readdir(folder()).catch(() => []);
    const name = names.find((entry) => entry.endsWith(".part"));
    return name === undefined ? 0 : (await stat(join(folder(), name))).size;
  }

  /** Where each request for the file began. */
  const starts = (): readonly number[] =>
    fixture.server.headers
      .filter((_, index) => fixture.server.requests[index]?.endsWith("big.bin"))
      .map(({ range }) => startOf(range));

  test.each(sizes)(
    "kill -9 at 20 random offsets of %s: each byte comes at most once, and 64 KiB a cut",
    {
      timeout: 600_000,
    },
    async (_, size) => {
      const content = randomBytes(size);
      fixture.publisher.release("daily", { "big.bin": content }, { whole: true });
      await fixture.publisher.publish();
      let reached = 0;
      for (let cut = 0; cut < cuts; cut += 1) {
        const after = randomInt(1, Math.floor(content.length / (cuts + 1)));
        fixture.server.behave();
        fixture.server.misbehave(/big\.bin$/, { kind: "stalled", after });
        const running = fixture.start("update", "--now");
        await expect.poll(kept, patience).toBeGreaterThanOrEqual(reached + after - lostPerCut);
        await expect.poll(() => starts().length, patience).toBe(cut + 1);
        running.kill();
        expect((await running.ended).code).toBeNull();
        expect(starts().at(-1)).toBe(reached);
        const now = await kept();
        expect(now).toBeGreaterThanOrEqual(reached + after - lostPerCut);
        reached = now;
      }
      fixture.server.behave();
      const last = await fixture.agent("update", "--now");
      expect(last.code, last.stdout + last.stderr).toBe(0);
      expect(starts().at(-1)).toBe(reached);
      expect(await readFile(join(fixture.state, "databases/daily/current/big.bin"))).toEqual(
        content,
      );
      await expect(readdir(folder())).rejects.toMatchObject({ code: "ENOENT" });
    },
  );
}
