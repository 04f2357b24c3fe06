/** The agent's executable, with the repository that the publisher made. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Haste, makePublisher } from "../publish.ts";
import type { Peer, PeerPlaces, Repository } from "./types.ts";

const executable = resolve(import.meta.dirname, "../../dist/vouchsafe-agent");
const database = "database";

const configuration = ({ url, root }: Repository, state: string): string =>
  `repository: { url: ${url}, root: ${root} }
databases: { ${database}: {} }
transfer: { proxy: none }
state: ${state}
socket: ${state}.sock
log: { target: stderr }
`;

/**
 * Vouchsafe: it checks all signatures and hashes and the order of releases, hands the database over
 * in one step, and can go back.
 */
export const openVouchsafe = async (
  { served, url, work, state, file }: Omit<PeerPlaces, "repository">,
  haste: Haste,
): Promise<{
  readonly peer: Peer;
  readonly repository: Repository;
}> => {
  await mkdir(work, { recursive: true });
  const publisher = await makePublisher(work, [database]);
  const repository = { url, root: publisher.root, target: `${database}/${file}` };
  const config = join(work, "agent.yaml");
  await writeFile(config, configuration(repository, state));
  const peer: Peer = {
    publish: async (source) => {
      await publisher.release(database, source, haste);
      await cp(publisher.served, served, { recursive: true, preserveTimestamps: true });
      // In the second of its publication a timestamp is asked for without condition: not the rule.
      await delay(1_000);
    },
    client: { program: executable, args: ["update", "--now", "--config", config] },
    installed: join(state, "databases", database, "current", file),
  };
  return { peer, repository };
};
