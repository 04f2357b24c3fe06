/**
 * `run` in a heap that stays small. While a program starts, V8 lets the space for new objects grow
 * eightfold, and gives it back only when it collects all garbage, which an idle service never makes
 * it do. So it must not grow: that costs some milliseconds at the start and saves 5 MB for good.
 */
import { setFlagsFromString } from "node:v8";
import type { CliContext } from "../../host/cli/types.ts";

export async function run(context: CliContext): Promise<number> {
  setFlagsFromString("--semi-space-growth-factor=1");
  const service = await import("./run.ts");
  return service.run(context);
}
