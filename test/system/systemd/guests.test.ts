/** The guests themselves: whatever becomes of a run of tests, nothing of its guests stays. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { removeLeftovers } from "../../testkit/nspawn-record.ts";
import { guestsRun, guestTimeoutMs } from "./guest.ts";

const testkit = join(import.meta.dirname, "../../testkit/nspawn.ts");
const script = `
const { bootGuest } = await import(${JSON.stringify(testkit)});
const guest = await bootGuest();
process.stdout.write(guest.root);
setInterval(() => undefined, 60_000);
`;

describe.runIf(guestsRun)("a guest", () => {
  test(
    "ends with the run that was killed, and the next one removes what it left",
    async () => {
      const run = spawn(process.execPath, ["--input-type=module", "--eval", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [printed]: unknown[] = await Promise.race([
        once(run.stdout, "data"),
        once(run, "close").then(() => ["it ended without a guest"]),
      ]);
      const dir = dirname(String(printed));
      expect(existsSync(join(dir, "guest.json"))).toBe(true);
      run.kill("SIGKILL");
      await once(run, "exit");
      await removeLeftovers();
      expect(existsSync(dir)).toBe(false);
    },
    guestTimeoutMs,
  );
});
