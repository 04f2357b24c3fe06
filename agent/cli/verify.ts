/** `verify`: installed files against what was signed. */
import { formatBytes } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { exitCodes } from "../../protocol/error-codes.ts";
import { errorDocument } from "../../protocol/errors.ts";
import { type DatabaseVerification, verifyDatabases } from "../update/verify-databases.ts";
import { terminalLog } from "./call-log.ts";
import { engineContext } from "./compose.ts";
import { checkDatabases, openConfig } from "./open-config.ts";

const lockWaitMs = 5_000;

/** One database in lines for a person; the first says how it is. */
export function describeVerification({ name, result, generations, error }: DatabaseVerification) {
  if (result === "absent") return [`${name}: not installed`];
  if (error !== undefined && generations.length === 0) return [`${name}: ${error.message}`];
  return generations.flatMap(({ generation, release, files, bytes, deviations }) => {
    const what = `${name} ${release?.label ?? generation}`;
    if (deviations.length === 0) {
      return [`${what}: intact, ${files} files, ${formatBytes(bytes)}`];
    }
    const shown = deviations.slice(0, 10).map(({ path, problem }) => {
      return `  ${path === "" ? "the list of its files" : path}: ${problem}`;
    });
    const more = deviations.length > 10 ? [`  and ${deviations.length - 10} more`] : [];
    return [`${what}: TAMPERED`, ...shown, ...more];
  });
}

export const failure = (error: unknown): unknown => ({
  result: "failed",
  databases: [],
  error: errorDocument(error),
});

export async function run(context: CliContext): Promise<number> {
  const { out, positionals, options } = context;
  const config = await openConfig(context);
  checkDatabases(config, positionals);
  const engine = engineContext(context, config, { log: terminalLog(out), lockWaitMs });
  const verification = await verifyDatabases(engine, positionals, { deep: options.flag("deep") });
  out.json(verification);
  for (const database of verification.databases) {
    for (const line of describeVerification(database)) out.line(line);
  }
  const { error } = verification;
  if (error === undefined) return 0;
  if (!out.isJson) context.stderr.write(`  what to do: ${error.advice}\n`);
  return exitCodes[error.class];
}
