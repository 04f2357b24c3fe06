/** `config databases`: the configured names, one a line; completion offers them. */
import type { CliContext } from "../../host/cli/types.ts";
import { readConfig } from "./open-config.ts";

export async function run(context: CliContext): Promise<number> {
  const databases = [...(await readConfig(context)).databases.keys()];
  context.out.json({ result: "done", databases });
  for (const name of databases) context.out.line(name);
  return 0;
}
