/** `bundle`: one file for machines without a network. */
import { resolve } from "node:path";
import { formatBytes } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { writeBundle } from "../repository/bundle.ts";
import { publisherOf } from "./options.ts";

export async function run(context: CliContext): Promise<number> {
  const { options, out, positionals } = context;
  const file = resolve(options.need("output"));
  const bundled = await writeBundle(await publisherOf(context), positionals, file);
  out.json({ result: "bundled", ...bundled });
  const what = bundled.databases.map(({ name, version }) => `${name} ${version}`).join(", ");
  out.line(`Wrote ${what} to ${file}: ${bundled.files} files, ${formatBytes(bundled.bytes)}.`);
  out.line(`sha256 ${bundled.sha256}`);
  return 0;
}
