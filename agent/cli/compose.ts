/**
 * Wires the real ports together for one call: what the engine works with. got is loaded only when
 * a request is really made (host/http.ts), node:sqlite only when the lock is taken.
 */
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { lookUpAccount } from "../../host/accounts.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { makeDirDurable } from "../../host/durable.ts";
import type { HttpClient } from "../../host/http/types.ts";
import type { Log } from "../../host/log.ts";
import { runProcess } from "../../host/process.ts";
import { type VersionInfo, versionInfo } from "../../host/version.ts";
import type { AgentConfig } from "../config/types.ts";
import { createConsumer } from "../consumer/create.ts";
import { secureState } from "../platform/machine.ts";
import type { DatabasePolicy } from "../policy/decide.ts";
import { ringDelay } from "../policy/delay.ts";
import { databasePlaces, statePlaces } from "../store/layout.ts";
import { openMirrors } from "../transfer/mirrors.ts";
import { partialsIn } from "../transfer/partials.ts";
import { createRepository } from "../transfer/repository.ts";
import { readBootstrapRoot } from "../trust/bootstrap-root.ts";
import { openTrust } from "../trust/client.ts";
import type { ProvenMoment } from "../trust/clock.ts";
import type { Waiver } from "../trust/freshness.ts";
import { bootstrap, repositoryOf } from "../trust/restore.ts";
import type { MetadataFetcher } from "../trust/types.ts";
import type { EngineContext, ProgressEvent, UpdateContext } from "../update/types.ts";
import { machineDisk } from "./machine-disk.ts";
import { repositoryHttp } from "./network.ts";
import { randomUnit } from "./random.ts";
import { signerOnce } from "./signer.ts";
import { savingMemoryForWork } from "./small-heap.ts";

/** What a verb decides about the engine's surroundings. */
export interface EngineSettings {
  readonly log: Log;
  /** How long to wait for another worker on the same state, in milliseconds. */
  readonly lockWaitMs: number;
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** How programs of the agent name themselves to servers. */
export function userAgent({ version }: VersionInfo): string {
  return `vouchsafe-agent/${version}`;
}

/** What the program itself proves of the time. */
export function provenByProgram(): { readonly proven?: ProvenMoment } {
  const { committedAt } = versionInfo;
  if (committedAt === undefined) return {};
  return { proven: { at: committedAt, because: "this program was made" } };
}

/** What the configuration says of one database, ready for the rules: pure. */
export function databasePolicy(config: AgentConfig, name: string): DatabasePolicy {
  const { policy, schedule, databases } = config;
  const window = databases.get(name)?.window ?? schedule.window;
  const pin = policy.pin.get(name);
  return {
    delayMs: ringDelay(policy.delayMs, policy.ring),
    ...(window === undefined ? {} : { window }),
    ...(pin === undefined ? {} : { pin }),
  };
}

/** The surroundings of an operation on what is installed; no network. */
export function engineContext(
  context: CliContext,
  config: AgentConfig,
  settings: EngineSettings,
): EngineContext {
  const { fs, pointer } = machineDisk(context.clock);
  const uid = process.geteuid?.();
  const ports = {
    fs,
    run: runProcess,
    clock: context.clock,
    randomBytes: (count: number) => randomBytes(count),
    uid,
    tempDir: tmpdir(),
    findAccount: (name: string) => lookUpAccount(fs, name),
    repository: async () => {
      const bytes = await readBootstrapRoot(fs, config.repository.root);
      return repositoryOf(bytes, bootstrap(bytes).set.root);
    },
  };
  return {
    fs,
    pointer,
    clock: context.clock,
    randomBytes: (count) => randomBytes(count),
    state: config.state,
    uid,
    secureState: () => secureState(fs, config.state),
    databases: [...config.databases].map(([name, database]) => ({
      name,
      keep: database.keep,
      consumer: createConsumer(
        database,
        join(databasePlaces(config.state, name).dir, "current"),
        ports,
      ),
      policy: databasePolicy(config, name),
    })),
    identity: signerOnce(fs, config.state, settings.log),
    signal: context.signal,
    ...settings,
  };
}

/** How an update opens the trust store; `waiver` is for what comes without a network. */
export function trustOpener(
  { fs, clock }: Pick<EngineContext, "fs" | "clock">,
  config: AgentConfig,
  fetcher: MetadataFetcher,
  waiver?: Waiver,
): UpdateContext["openTrust"] {
  const { databases, trust } = statePlaces(config.state);
  return async () => {
    const bootstrapRoot = await readBootstrapRoot(fs, config.repository.root);
    await makeDirDurable(fs, databases, 0o755);
    return openTrust({
      fs,
      clock,
      ...trust,
      bootstrapRoot,
      fetcher,
      plain: config.repository.plain,
      ...provenByProgram(),
      ...(waiver === undefined ? {} : { waiver }),
    });
  };
}

/** The surroundings of an update, and the client to close after it. */
export async function updateContext(
  context: CliContext,
  config: AgentConfig,
  settings: EngineSettings,
): Promise<{ readonly update: UpdateContext; readonly http: HttpClient }> {
  const engine = engineContext(context, config, settings);
  const { fs, clock, log } = engine;
  const { version } = context.program;
  const { minRate, maxRate } = config.transfer;
  const http = await repositoryHttp(fs, config, userAgent(version), context.env);
  const partials = partialsIn({ fs, clock, log, state: config.state });
  const ports = { clock, random: randomUnit, log, partials, minRate, ...(maxRate && { maxRate }) };
  const { urls, relays, originWithinMs } = config.repository;
  const mirrors = await openMirrors(
    urls,
    { fs, clock, log, state: config.state },
    { urls: relays, originWithinMs },
  );
  const repository = createRepository(http, mirrors, ports);
  const update: UpdateContext = {
    ...engine,
    repository,
    partials,
    agentVersion: version.version,
    selfCheckMs: config.selfCheckMs,
    openTrust: trustOpener(engine, config, savingMemoryForWork(repository.metadata)),
  };
  return { update, http };
}
