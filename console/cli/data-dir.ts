/** The console's data folder: the option, the environment, or the platform's place. */
import { join, resolve } from "node:path";
import type { OptionSpec, Options } from "../../host/cli/types.ts";

/** `--data` for every verb. */
export const dataOption: OptionSpec = {
  type: "string",
  value: "DIR",
  env: "VOUCHSAFE_CONSOLE_DATA",
  summary: "The console's data (default: /var/lib/vouchsafe-console)",
};

/** The folder, absolute. */
export function dataDir(
  options: Options,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const given = options.str("data");
  if (given !== undefined) return resolve(given);
  if (process.platform !== "win32") return "/var/lib/vouchsafe-console";
  return join(env["ProgramData"] ?? "C:\\ProgramData", "Vouchsafe", "console");
}
