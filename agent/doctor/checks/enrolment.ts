/** Whether this machine is known to a console, and what waits to be told. */
import { join } from "node:path";
import { readFileIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { readConsoleLink } from "../../report/console-link.ts";
import { readIdentity } from "../../report/identity.ts";
import { spoolCapacity } from "../../report/spool.ts";
import { type Check, failure, ok, warning } from "../findings.ts";

const maxSpoolBytes = 2 * 1024 * 1024;

export const enrolmentCheck: Check = {
  id: "enrolment",
  title: "the agent's key, and the console that it is enrolled with",
  run: async ({ config, fs }) => {
    const keys = join(config.state, "keys");
    const configured = config.console?.url;
    const link = await readConsoleLink(fs, keys);
    const identity = await readIdentity(fs, keys);
    if (link === undefined) {
      if (configured === undefined) return [ok("This machine is enrolled with no console.")];
      const message = `This machine is not enrolled with ${configured}.`;
      const advice =
        config.console?.tokenFile === undefined
          ? "Run `agent enroll` with a token of the console's."
          : "The next check tries again with console.tokenFile; the log says why it failed.";
      return [warning(message, advice)];
    }
    if (identity === undefined) {
      const message = `The agent's key that ${link.origin} knows is gone.`;
      return [failure("disk.corrupt", message, "Run `agent enroll` with a new token.")];
    }
    if (configured !== undefined && configured !== link.origin) {
      const message = `The configuration names ${configured}, the enrolment is with ${link.origin}.`;
      return [failure("config.invalid", message, "Correct console.url, or enrol anew.")];
    }
    return [ok(`Agent ${identity.id} is enrolled with ${link.origin}.`)];
  },
};

/** Events in the spool, without its lock: one that is just being written may be missed. */
export async function countSpooled(fs: FileSystem, state: string): Promise<number> {
  const path = join(state, "spool", "events.ndjson");
  const bytes = await readFileIfExists(fs, path, maxSpoolBytes);
  return (bytes?.toString("latin1").match(/\n/g) ?? []).length;
}

export const spoolCheck: Check = {
  id: "spool",
  title: "how many events wait for the console",
  run: async ({ config: { state }, fs }) => {
    const count = await countSpooled(fs, state);
    const message = `${count} of at most ${spoolCapacity} events wait for the console.`;
    if (count <= spoolCapacity / 2) return [ok(message)];
    return [warning(message, "Reports do not get through: see the findings on the console.")];
  },
};
