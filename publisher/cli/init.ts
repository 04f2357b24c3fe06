/** `init`: a new working folder. */
import { dirname, join, resolve } from "node:path";
import type { CliContext } from "../../host/cli/types.ts";
import { createRepository } from "../repository/create.ts";
import { metadataPath } from "../repository/published.ts";
import { argument, numberOf, passphrasesOf, portsOf } from "./options.ts";

const defaultRootKeys = 3;

export async function run(context: CliContext): Promise<number> {
  const { options, out } = context;
  const dir = resolve(argument(context, 0));
  const rootKeys = numberOf(context, "root-keys") ?? defaultRootKeys;
  const request = {
    dir,
    keysDir: options.str("keys") ?? join(dirname(dir), "keys"),
    rootKeys,
    rootThreshold: numberOf(context, "root-threshold") ?? Math.floor(rootKeys / 2) + 1,
  };
  const made = await createRepository(portsOf(context), request, passphrasesOf(context));
  const root = metadataPath(made.layout.repository, "1.root.json");
  const keys = made.keys.map(({ name, key, file }) => ({ name, keyId: key.keyId, file }));
  out.json({
    result: "initialised",
    directory: made.layout.dir,
    served: made.layout.repository,
    repository: made.repository,
    root,
    keys,
  });
  out.line(`Made ${made.layout.dir} with ${keys.length} keys in ${resolve(request.keysDir)}.`);
  out.line(`Serve ${made.layout.repository}; hand ${root} to endpoints by a second channel.`);
  out.line("Keep the root and targets keys offline; publish needs only snapshot and timestamp.");
  return 0;
}
