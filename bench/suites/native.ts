/**
 * native: the agent as a resident of a machine. Start to ready, `agent status`, and what it holds
 * and uses while nothing happens after an update. Watched as the shipped unit has it watched.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { startCountingServer } from "../counting-server.ts";
import { measureProcess } from "../measure-process.ts";
import { nodeCase } from "../node-case.ts";
import { cpuMsOf, memoryOf } from "../proc.ts";
import { makePublisher } from "../publish.ts";
import { canNotify, type ResidentAgent, startResident } from "../resident-agent.ts";
import type { Case, Job, OpenSuite, Sample } from "../types.ts";

const project = resolve(import.meta.dirname, "../..");
const executable = join(project, "dist/vouchsafe-agent");
const database = "asn";

/** The time that the goals are about, and the shorter one of a run that checks none. */
const idleMs = 600_000;
const shortIdleMs = 30_000;
/** V8 tidies its heap once soon after an update: what is scaled must not hold that. */
const settleMs = 20_000;

const statusSchema = z.object({
  databases: z.array(z.object({ release: z.object({ version: z.number() }) })),
  service: z.object({ busy: z.boolean(), nextCheckAt: z.string() }),
});

/** What no such measurement has. */
const noTraffic = { bytesReceived: 0, requests: 0 };

interface Place {
  readonly folder: string;
  readonly config: string;
  readonly state: string;
  readonly socket: string;
}

const configuration = (place: Place, url: string, root: string, jitter: string): string =>
  [
    `repository: { url: ${url}, root: ${root} }`,
    `databases: { ${database}: {} }`,
    `schedule: { every: 7d, jitter: ${jitter} }`,
    "transfer: { proxy: none }",
    `state: ${place.state}`,
    `socket: ${place.socket}`,
    "log: { target: journal }",
    "",
  ].join("\n");

const placeOf = (folder: string, name: string): Place => ({
  folder,
  config: join(folder, `${name}.yaml`),
  state: join(folder, `${name}-state`),
  socket: join(folder, `${name}.sock`),
});

const start = ({ folder, config, socket }: Place): Promise<ResidentAgent> =>
  startResident({
    executable,
    config,
    socket,
    receiver: join(import.meta.dirname, "../notify-receiver.pl"),
    notifySocket: join(folder, "notify"),
  });

const agent = (place: Place, ...args: readonly string[]) =>
  measureProcess({ program: executable, args: [...args, "--config", place.config] });

const startCase = (
  place: Place,
  name: string,
  pick: (resident: ResidentAgent) => number | undefined,
  missing?: string,
): Case => ({
  name,
  ...(missing === undefined ? {} : { missing }),
  prepare: () => rm(join(place.folder, "notify"), { force: true }),
  run: async (): Promise<Sample> => {
    const resident = await start(place);
    try {
      const cpuMs = await cpuMsOf(resident.pid);
      const memory = await memoryOf(resident.pid);
      return { wallMs: pick(resident) ?? 0, cpuMs, ...memory, ...noTraffic };
    } finally {
      await resident.stop();
    }
  },
});

/** `status` beside a service that runs and has installed something. */
const statusJob = (place: Place, resident: () => Promise<ResidentAgent>): Job => ({
  name: "status",
  rounds: 21,
  cases: [
    {
      name: "vouchsafe",
      run: async () => {
        await resident();
        return { ...(await agent(place, "status")), ...noTraffic };
      },
    },
    nodeCase,
  ],
});

/** Waits, with nothing else to do, and looks at the service before and after. */
const idleSample = async (pid: number, durationMs: number): Promise<Sample> => {
  const [before, began] = [await cpuMsOf(pid), performance.now()];
  await delay(durationMs);
  const wallMs = performance.now() - began;
  const cpuMs = (((await cpuMsOf(pid)) - before) * idleMs) / wallMs;
  return { wallMs, cpuMs, ...(await memoryOf(pid)), ...noTraffic };
};

const idleJob = (check: boolean, resident: () => Promise<ResidentAgent>): Job => {
  const durationMs = check ? idleMs : shortIdleMs;
  const scaled = check ? "" : ` (${durationMs / 1000} s, CPU scaled)`;
  return {
    name: `idle for 10 minutes after an update${scaled}`,
    rounds: 1,
    cases: [
      {
        name: "vouchsafe",
        prepare: async () => {
          await resident();
          if (!check) await delay(settleMs);
        },
        run: async () => idleSample((await resident()).pid, durationMs),
      },
    ],
  };
};

/** A service that has just installed a release, and checks by its schedule no time soon. */
const updatedService = async (place: Place): Promise<ResidentAgent> => {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await rm(place.state, { recursive: true, force: true });
    await rm(join(place.folder, "notify"), { force: true });
    const resident = await start(place);
    await agent(place, "update", "--now");
    const { stdout } = await agent(place, "status", "--json");
    const { service } = statusSchema.parse(JSON.parse(stdout));
    const checksInMs = Date.parse(service.nextCheckAt) - Date.now();
    if (!service.busy && checksInMs > 2 * idleMs) return resident;
    await resident.stop(); // its identity put the check there; the next one has another
  }
  throw new Error("The service would check while it is measured.");
};

/** Sets the suite up: one small database, published. */
export const openNativeSuite: OpenSuite = async ({ check }) => {
  const folder = await mkdtemp(join(tmpdir(), "vouchsafe-bench-"));
  const publisher = await makePublisher(folder, [database]);
  const source = join(folder, "source");
  await mkdir(source);
  await cp(join(project, "node_modules/asn-new/asn-ipv4.csv"), join(source, "asn-ipv4.csv"));
  await publisher.release(database, source);
  const server = await startCountingServer(publisher.served);
  const [starting, resident] = [placeOf(folder, "start"), placeOf(folder, "agent")];
  await writeFile(starting.config, configuration(starting, server.url, publisher.root, "1h"));
  await writeFile(resident.config, configuration(resident, server.url, publisher.root, "0s"));

  let updated: Promise<ResidentAgent> | undefined;
  const service = (): Promise<ResidentAgent> => {
    updated ??= updatedService(resident);
    return updated;
  };
  const noNotify = canNotify() ? undefined : "systemd-notify is not installed";
  return {
    jobs: [
      {
        name: "start to ready",
        rounds: 15,
        cases: [
          startCase(starting, "vouchsafe", ({ answersMs }) => answersMs),
          startCase(starting, "vouchsafe, told systemd", ({ readyMs }) => readyMs, noNotify),
          nodeCase,
        ],
      },
      idleJob(check, service),
      statusJob(resident, service),
    ],
    close: async () => {
      await updated?.then((running) => running.stop());
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
