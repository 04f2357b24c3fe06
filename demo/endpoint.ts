/** The endpoint's side of the demo: a configured, enrolled agent. */
import { mkdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { expectExit, quote } from "./narration.ts";
import { type Ended, run } from "./programs.ts";

const releaseRef = z.object({ version: z.number(), label: z.string() }).nullable();

/** What `update --json` tells, as far as the demo looks at it. */
const outcome = z.object({
  result: z.string(),
  databases: z.array(
    z.object({ name: z.string(), result: z.string(), from: releaseRef, to: releaseRef }),
  ),
  error: z.object({ code: z.string(), message: z.string(), advice: z.string() }).optional(),
});

/** What `update --json` tells. */
export type Outcome = z.infer<typeof outcome>;

/** The agent at work. */
export interface Endpoint {
  enroll(consoleUrl: string, token: string): Promise<void>;
  /** `agent update --now`, which must end with that exit code. */
  update(code: number): Promise<Outcome>;
  rollback(database: string): Promise<void>;
  /** The generation that `current` points to. */
  current(database: string): Promise<string>;
  read(database: string, file: string): Promise<Buffer>;
}

function configuration(parent: string, url: string, databases: readonly string[]): string {
  const entries = databases.map((name) => `  ${name}: { consumer: { type: none }, keep: 3 }`);
  return [
    "repository:",
    `  url: ${url}`,
    `  root: ${join(parent, "root.json")}`,
    "databases:",
    ...entries,
    `state: ${join(parent, "state")}`,
    "",
  ].join("\n");
}

/** Configures an agent for a repository. */
export async function makeEndpoint(
  parent: string,
  url: string,
  root: Buffer,
  databases: readonly string[],
): Promise<Endpoint> {
  await mkdir(parent, { recursive: true });
  const config = join(parent, "agent.yaml");
  await writeFile(join(parent, "root.json"), root);
  await writeFile(config, configuration(parent, url, databases));
  const agent = async (...args: string[]): Promise<Ended> =>
    run("agent", [...args, "--config", config]);
  const currentOf = (database: string) => join(parent, "state/databases", database, "current");

  return {
    enroll: async (consoleUrl, token) => {
      const tokenFile = join(parent, "token");
      await writeFile(tokenFile, token, { mode: 0o600 });
      const ended = await agent("enroll", "--console", consoleUrl, "--token-file", tokenFile);
      quote(expectExit(ended, 0, "agent enroll"));
    },
    update: async (code) => {
      const human = await agent("update", "--now", "--json");
      const text = expectExit(human, code, "agent update --now");
      return outcome.parse(JSON.parse(text));
    },
    rollback: async (database) => {
      quote(expectExit(await agent("rollback", database), 0, "agent rollback"));
    },
    current: async (database) => readlink(currentOf(database)),
    read: (database, file) => readFile(join(currentOf(database), file)),
  };
}
