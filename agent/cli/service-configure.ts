/**
 * `service configure`: a first configuration from a handful of values. The MSI calls it with its
 * properties; one that is not given is empty there, and may have a space at its end, which keeps a
 * backslash from the quote after it.
 */
import process from "node:process";
import type { CliContext } from "../../host/cli/types.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { defaultPlaces } from "../config/defaults.ts";
import { secureConfigFolder } from "../platform/machine.ts";
import { type FirstValues, writeFirstConfiguration } from "./first-configuration.ts";
import { serviceControl } from "./service-control.ts";
import { serviceEvents, tellingFailure } from "./service-events.ts";

/** The values of a call: pure. Throws `usage.arguments` when one is missing. */
export function firstValues(option: (name: string) => string | undefined): FirstValues {
  const given = (name: string): string | undefined => option(name)?.trim() || undefined;
  const needed = (name: string): string => {
    const value = given(name);
    if (value !== undefined) return value;
    throw new VouchsafeError("usage.arguments", `"service configure" needs the option --${name}.`);
  };
  const [rootFile, url, tokenFile] = [given("root-file"), given("console"), given("token-file")];
  return {
    repository: needed("repository"),
    databases: needed("databases").split(/[\s,]+/),
    ...(rootFile === undefined ? {} : { rootFile }),
    ...(url === undefined ? {} : { console: url }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
}

export async function run({ options, out, env }: CliContext): Promise<number> {
  serviceControl(); // says so where there is no Windows
  const places = defaultPlaces(process.platform, env);
  const written = await tellingFailure(serviceEvents(), "the installer's values are refused", () =>
    writeFirstConfiguration(
      {
        fs: nodeFileSystem,
        places,
        secureFolder: (folder) => secureConfigFolder(nodeFileSystem, folder),
      },
      firstValues((name) => options.str(name)),
    ),
  );
  out.json({ result: "done", config: places.config, written });
  out.line(written ? `Wrote ${places.config}.` : `${places.config} is there: nothing was changed.`);
  return 0;
}
