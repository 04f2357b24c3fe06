/** The watcher's side of the demo: a console, its tokens, and the fleet as it sees it. */
import { join } from "node:path";
import { z } from "zod";
import { expectExit } from "./narration.ts";
import { run, type Service, startConsole } from "./programs.ts";

const fleet = z.object({
  agents: z.array(
    z.object({
      id: z.string(),
      hostname: z.string().nullable(),
      platform: z.string().nullable(),
      state: z.string(),
      lastResult: z.string().nullable(),
      databases: z.array(
        z.object({
          name: z.string(),
          state: z.string(),
          release: z.object({ version: z.number(), label: z.string() }).nullable(),
        }),
      ),
    }),
  ),
});

/** The fleet as the console's API tells it. */
export type Fleet = z.infer<typeof fleet>;

/** A console at work. */
export interface Watcher extends Service {
  newToken(): Promise<string>;
  fleet(): Promise<Fleet>;
}

/** Starts a console on a free loopback port. */
export async function makeWatcher(parent: string): Promise<Watcher> {
  const dataDir = join(parent, "console");
  const service = await startConsole(dataDir);
  return {
    ...service,
    newToken: async () => {
      const ended = await run("console", ["token", "new", "--data", dataDir, "--json"]);
      const text = expectExit(ended, 0, "console token new");
      return z.object({ token: z.string() }).parse(JSON.parse(text)).token;
    },
    fleet: async () => {
      const response = await fetch(new URL("/v1/agents", service.url));
      return fleet.parse(await response.json());
    },
  };
}
