/** The service's heap: the space for new objects stays as small as it is at the start. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const run = promisify(execFile);
const module = resolve(import.meta.dirname, "../../../agent/cli/resident.ts");

/** Bytes of the space for new objects after much was allocated and some of it kept for a while. */
const newSpaceAfter = async (before: string): Promise<number> => {
  const script = `
    ${before}
    let kept = [];
    for (let index = 0; index < 3e6; index += 1) {
      kept.push({ index });
      if (kept.length > 2e5) kept = [];
    }
    const { getHeapSpaceStatistics } = await import("node:v8");
    const spaces = getHeapSpaceStatistics();
    console.log(spaces.find(({ space_name }) => space_name === "new_space").space_size);`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
  return Number(stdout);
};

describe("the space for new objects", () => {
  const startsService = `await (await import(${JSON.stringify(module)})).run({}).catch(() => {});`;

  test("grows in other programs", async () => {
    expect(await newSpaceAfter("")).toBeGreaterThan(8e6);
  });

  test("does not grow once the service starts", async () => {
    expect(await newSpaceAfter(startsService)).toBeLessThan(6e6);
  });
});
