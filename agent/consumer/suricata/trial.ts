/** The trial of a rule set: `suricata -T` with the operator's configuration and the staged rules. */
import { join } from "node:path";
import type { ProcessResult } from "../../../host/process.ts";
import type { Argv } from "../../config/types.ts";
import { tailOf } from "../command.ts";

/**
 * The call. `-S` loads these rules and no others; `-v` makes it tell how many.
 *
 * @param logFolder a folder that it may write to
 */
export function suricataArgv(
  suricata: string,
  config: string,
  folder: string,
  logFolder: string,
): Argv {
  return [suricata, "-T", "-v", "-c", config, "-S", join(folder, "*.rules"), "-l", logFolder];
}

/** What a trial found: why it refuses, or how many rules were loaded, if that was told. */
export type TrialResult = { readonly refusal: string } | { readonly rules: number | undefined };

/** Judges a trial (pure); the refusal is the rest of a sentence that begins with the program. */
export function trialResultOf(result: ProcessResult, timeoutMs: number): TrialResult {
  const { code, signal, timedOut } = result;
  if (timedOut) return { refusal: `did not end within ${timeoutMs / 1000} s` };
  if (code !== 0) {
    const how = code === null ? `was ended by ${signal ?? "a signal"}` : `ended with code ${code}`;
    const tail = tailOf(result);
    return { refusal: tail === "" ? how : `${how}: ${tail}` };
  }
  const said = `${result.stdout}\n${result.stderr}`;
  const counted = /(\d{1,9}) rules successfully loaded, (\d{1,9}) rules failed/.exec(said);
  const [, loaded, failed] = counted ?? [];
  if (loaded === "0" || /no rules were loaded/i.test(said)) return { refusal: "loads no rule" };
  if (failed !== undefined && failed !== "0") return { refusal: `cannot load ${failed} rules` };
  return { rules: loaded === undefined ? undefined : Number(loaded) };
}
