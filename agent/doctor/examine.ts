/** Runs the checks: side by side, each within its time, and one that throws is a finding. */
import type { AgentConfig } from "../config/types.ts";
import { readLastRun } from "../store/last-run.ts";
import { statePlaces } from "../store/layout.ts";
import { readBootstrapRoot } from "../trust/bootstrap-root.ts";
import { inspectTrust } from "../trust/inspect.ts";
import type { DoctorContext, DoctorPorts } from "./context.ts";
import { type Check, type Finding, failureOf, warning } from "./findings.ts";
import { readInstalled } from "./installed.ts";
import { lookAtConsole, lookAtMirror } from "./servers.ts";

/** Longest that one check may take, milliseconds. */
const checkMs = 10_000;
/** Longest for what several checks share: it must be told before they are over. */
const sharedMs = 8_000;

/** A check with what it found. */
export interface Examined {
  readonly check: string;
  readonly findings: readonly Finding[];
}

/** Calls once, when it is first asked for. */
function once<T>(look: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => (found ??= look());
}

/** The context of one examination. */
export function doctorContext(
  config: AgentConfig,
  ports: DoctorPorts,
  stop: AbortSignal,
): DoctorContext {
  const { fs, pointer } = ports;
  const { repository, state } = config;
  const signal = AbortSignal.any([stop, AbortSignal.timeout(sharedMs)]);
  const trust = once(async () =>
    inspectTrust(fs, statePlaces(state).trust, await readBootstrapRoot(fs, repository.root)),
  );
  return {
    ...ports,
    config,
    trust,
    mirrors: once(async () => {
      const known = await trust().then(
        ({ validators }) => validators,
        () => undefined,
      );
      return Promise.all(repository.urls.map((url) => lookAtMirror(ports, url, known, signal)));
    }),
    // No proxy leads to a neighbour.
    relays: once(() => {
      const direct = { ...ports, proxyEnv: undefined };
      return Promise.all(
        repository.relays.map((url) => lookAtMirror(direct, url, undefined, signal)),
      );
    }),
    console: once(async () => {
      const url = config.console?.url;
      return url === undefined ? undefined : lookAtConsole(ports, url, signal);
    }),
    lastRun: once(() => readLastRun(fs, statePlaces(state).lastRun)),
    service: once(() => ports.askService(signal)),
    installed: once(async () => {
      const names = [...config.databases.keys()];
      const found = names.map(
        async (name) => [name, await readInstalled(fs, pointer, state, name)] as const,
      );
      return new Map(await Promise.all(found));
    }),
  };
}

async function runOne(check: Check, context: DoctorContext, stop: AbortSignal): Promise<Examined> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const late = async (): Promise<readonly Finding[]> => {
    await context.clock.sleep(checkMs, signal);
    const message = `This could not be found out within ${checkMs / 1000} s.`;
    return [warning(message, "Run the doctor again; look whether the disk or the network hangs.")];
  };
  try {
    const findings = await Promise.race([check.run(context, signal), late()]);
    return { check: check.id, findings };
  } catch (error) {
    stop.throwIfAborted();
    return { check: check.id, findings: [failureOf(error)] };
  } finally {
    over.abort();
  }
}

/**
 * Runs all checks.
 *
 * @returns what they found, in the order of the list
 * @throws only the signal's reason
 */
export function examine(
  checks: readonly Check[],
  context: DoctorContext,
  stop: AbortSignal,
): Promise<readonly Examined[]> {
  return Promise.all(checks.map((check) => runOne(check, context, stop)));
}
