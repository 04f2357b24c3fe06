/**
 * The trial of a ClamAV database: `clamscan` loads the staged generation and scans with it. Its
 * exit code tells of a database that cannot be loaded (2), but not of every broken part: of a YARA
 * file that does not compile it only warns, and goes on without it.
 */
import type { ProcessResult } from "../../../host/process.ts";
import type { Argv, ClamavConsumer } from "../../config/types.ts";
import { tailOf } from "../command.ts";

type Samples = ClamavConsumer["samples"];

/** What is scanned where the operator names no samples. */
export const harmlessText = "Nothing of interest.\n";

const parseWarning = /failed to parse or load|malformed/i;
const exitClean = 0;
const exitFound = 1;

const hasSamples = ({ infected, clean }: Samples): boolean => infected.length + clean.length > 0;

/** The call; without samples it scans its standard input. */
export function clamscanArgv(clamscan: string, folder: string, samples: Samples): Argv {
  const files = hasSamples(samples) ? [...samples.infected, ...samples.clean] : ["-"];
  return [clamscan, `--database=${folder}`, "--no-summary", ...files];
}

function ofProcess(result: ProcessResult, timeoutMs: number): string | undefined {
  const { code, signal, timedOut, truncated, stderr } = result;
  if (timedOut) return `did not end within ${timeoutMs / 1000} s`;
  if (truncated) return "says more than can be looked through";
  const warning = stderr.split("\n").find((line) => parseWarning.test(line));
  if (warning !== undefined) return `warns: ${tailOf({ stdout: "", stderr: warning })}`;
  if (code === exitClean || code === exitFound) return undefined;
  const how = code === null ? `was ended by ${signal ?? "a signal"}` : `ended with code ${code}`;
  const tail = tailOf(result);
  return tail === "" ? how : `${how}: ${tail}`;
}

/** What clamscan said of a file: the signature's name, null if it is clean, undefined if nothing. */
function verdictOn(path: string, lines: readonly string[]): string | null | undefined {
  const prefix = `${path}: `;
  const said = lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);
  if (said === "OK") return null;
  return said?.endsWith(" FOUND") === true ? said.slice(0, -" FOUND".length) : undefined;
}

/**
 * Why a trial refuses a database, as the rest of a sentence that begins with the program; undefined
 * if it does not (pure).
 */
export function refusalOf(
  result: ProcessResult,
  samples: Samples,
  timeoutMs: number,
): string | undefined {
  const broken = ofProcess(result, timeoutMs);
  if (broken !== undefined) return broken;
  const lines = result.stdout.split("\n");
  if (!hasSamples(samples)) {
    return result.code === exitClean ? undefined : "finds something in harmless text";
  }
  const missed = samples.infected.find((path) => typeof verdictOn(path, lines) !== "string");
  if (missed !== undefined) return `does not find the known-bad sample ${missed}`;
  const alarmed = samples.clean.find((path) => verdictOn(path, lines) !== null);
  return alarmed === undefined ? undefined : `does not pass the known-good sample ${alarmed}`;
}
