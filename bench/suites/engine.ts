/**
 * engine: the agent's executable on two days of a real database. First install, one-day update and
 * no-op check, from a repository on the loopback interface; curl and `node -e 0` are the floors.
 */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type CountingServer, startCountingServer } from "../counting-server.ts";
import { measureProcess } from "../measure-process.ts";
import { nodeCase } from "../node-case.ts";
import { copyAll, hasProgram } from "../peers/shell.ts";
import { makePublisher } from "../publish.ts";
import type { Case, OpenSuite, Sample } from "../types.ts";
import { openSizes } from "./engine-sizes.ts";

const project = resolve(import.meta.dirname, "../..");
const executable = join(project, "dist/vouchsafe-agent");
const database = "asn";

interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

const sampleOf = async (server: CountingServer, command: Command): Promise<Sample> => {
  server.reset();
  const { wallMs, cpuMs, peakRssBytes, bytesWritten } = await measureProcess(command);
  const { requests, bytes } = server.traffic();
  return { wallMs, cpuMs, peakRssBytes, bytesReceived: bytes, requests, bytesWritten };
};

/** A folder that holds one file of a package, as the publisher wants a release. */
const releaseOf = async (folder: string, packageName: string): Promise<string> => {
  const source = join(folder, packageName);
  await mkdir(source);
  const file = join(project, "node_modules", packageName, "asn-ipv4.csv");
  await cp(file, join(source, "asn-ipv4.csv"));
  return source;
};

const configuration = (url: string, root: string, folder: string): string =>
  [
    `repository: { url: ${url}, root: ${root} }`,
    `databases: { ${database}: {} }`,
    `transfer: { proxy: none }`,
    `state: ${join(folder, "state")}`,
    `socket: ${join(folder, "agent.sock")}`,
    `log: { target: stderr }`,
    "",
  ].join("\n");

const compressedFiles = async (served: string): Promise<readonly string[]> => {
  const names = await readdir(join(served, "targets", database));
  return names.filter((name) => name.endsWith(".zst"));
};

/** Fetches the compressed file, as one could who knew its name and trusted everybody. */
const curlCase = async (server: CountingServer, file: string): Promise<Case> => ({
  name: "curl (bytes only)",
  peer: true,
  ...((await hasProgram("curl")) ? {} : { missing: "curl is not installed" }),
  run: () => sampleOf(server, { program: "curl", args: ["-sSfo", "/dev/null", server.url + file] }),
});

/** Sets the suite up: both releases published, the older one installed in a template. */
export const openEngineSuite: OpenSuite = async () => {
  const folder = await mkdtemp(join(tmpdir(), "vouchsafe-bench-"));
  const publisher = await makePublisher(folder, [database]);
  const server = await startCountingServer(publisher.served);
  const [config, state, older] = [
    join(folder, "agent.yaml"),
    join(folder, "state"),
    join(folder, "older"),
  ];
  await writeFile(config, configuration(server.url, publisher.root, folder));

  const update: Command = { program: executable, args: ["update", "--now", "--config", config] };
  const clear = (): Promise<void> => rm(state, { recursive: true, force: true });
  const restore = async (): Promise<void> => {
    await clear();
    await copyAll(older, state);
  };
  const vouchsafe = (prepare?: () => Promise<void>): Case => ({
    name: "vouchsafe",
    ...(prepare === undefined ? {} : { prepare }),
    run: () => sampleOf(server, update),
  });

  await publisher.release(database, await releaseOf(folder, "asn-old"));
  const olderFiles = await compressedFiles(publisher.served);
  await measureProcess(update);
  await copyAll(state, older);
  await publisher.release(database, await releaseOf(folder, "asn-new"));

  const newerFiles = await compressedFiles(publisher.served);
  const file = newerFiles.find((name) => !olderFiles.includes(name));
  if (file === undefined) throw new Error("The publisher made no compressed file.");
  const curl = await curlCase(server, `targets/${database}/${file}`);

  const sizes = await openSizes(executable);
  return {
    jobs: [
      { name: "first install", rounds: 5, cases: [vouchsafe(clear), curl] },
      { name: "one-day update", rounds: 5, cases: [vouchsafe(restore), curl] },
      { name: "no-op check", rounds: 11, cases: [vouchsafe(), nodeCase] },
      ...sizes.jobs,
    ],
    close: async () => {
      await sizes.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
