/** A console on a free port with a temporary folder, and endpoints that talk to it. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WebFiles } from "../../console/api/page-routes.ts";
import { type RunningConsole, startConsole } from "../../console/serve.ts";
import { closeStore, openStore } from "../../console/store/open-store.ts";
import { newToken } from "../../console/store/tokens.ts";
import { type Clock, systemClock } from "../../host/clock.ts";
import { silentLog } from "../../host/log.ts";
import { ed25519PublicKey } from "../../protocol/ed25519.ts";
import { makeEnrolment, parseChallenge } from "../../protocol/report/enrolment.ts";
import { type AgentId, agentIdOf, reportPath } from "../../protocol/report/identity.ts";
import { signableTarget } from "../../protocol/report/signature-base.ts";
import { reportTag, signRequest } from "../../protocol/report/signed-request.ts";
import type { StatusReport } from "../../protocol/report/status-report.ts";

/**
 * A clock that a test can move. As a real one, its monotonic part never goes back; it only moves
 * when the test says so, so that a slow machine regains no attempts.
 */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let offsetMs = 0;
  let passedMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    monotonicMs: () => passedMs,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    advance: (ms) => {
      offsetMs += ms;
      passedMs += Math.max(0, ms);
    },
  };
}

/** A console under test. */
export interface TestConsole extends AsyncDisposable {
  readonly dataDir: string;
  readonly clock: TestClock;
  /** Origin, without a slash at its end. */
  readonly origin: () => string;
  /** Closes the console and starts another on the same data, at another port. */
  restart(): Promise<void>;
  /** Makes a token as `token new` does: through a second connection. */
  token(lifetimeMs?: number): Promise<string>;
}

export async function startTestConsole(web?: WebFiles): Promise<TestConsole> {
  const dataDir = await mkdtemp(join(tmpdir(), "vouchsafe-console-"));
  const clock = testClock();
  const start = (): Promise<RunningConsole> =>
    startConsole({
      dataDir,
      listen: { host: "127.0.0.1", port: 0 },
      behindProxy: false,
      web,
      clock,
      log: silentLog,
    });
  let running = await start();
  return {
    dataDir,
    clock,
    origin: () => new URL(running.url).origin,
    restart: async () => {
      await running.close();
      running = await start();
    },
    token: async (lifetimeMs = 3_600_000) => {
      const store = await openStore(dataDir, clock);
      const made = await newToken(store, { now: clock.now(), lifetimeMs, random: randomBytes });
      await closeStore(store);
      return made.token;
    },
    [Symbol.asyncDispose]: async () => {
      await running.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** An endpoint: a key, and numbers for its reports. */
export interface Endpoint {
  readonly seed: Buffer;
  readonly publicKey: string;
  readonly id: AgentId;
  readonly boot: string;
}

export function makeEndpoint(name: string): Endpoint {
  const seed = createHash("sha256").update(name).digest();
  const key = ed25519PublicKey(seed);
  const boot = createHash("sha256").update(`boot of ${name}`).digest("hex").slice(0, 32);
  return { seed, publicKey: Buffer.from(key).toString("hex"), id: agentIdOf(key), boot };
}

const json = { "content-type": "application/json" };

/** A nonce of the console. */
export async function challenge(origin: string): Promise<string> {
  const response = await fetch(`${origin}/v1/enrolments/challenge`, {
    method: "POST",
    headers: json,
    body: "{}",
  });
  return parseChallenge(await response.bytes()).nonce;
}

/** Enrols with the parts given, right or wrong. */
export async function enrol(
  origin: string,
  endpoint: Endpoint,
  parts: { readonly token: string; readonly nonce?: string; readonly origin?: string },
): Promise<Response> {
  const { publicKey, seed } = endpoint;
  const nonce = parts.nonce ?? (await challenge(origin));
  const statement = { token: parts.token, nonce, origin: parts.origin ?? origin, publicKey };
  const body = JSON.stringify(makeEnrolment(statement, seed));
  return fetch(`${origin}/v1/enrolments`, { method: "POST", headers: json, body });
}

/** A report that is fine; `change` makes it otherwise. */
export function sampleReport(
  endpoint: Endpoint,
  seq: number,
  change: Partial<StatusReport> = {},
): StatusReport {
  return {
    format: 1,
    agent: endpoint.id,
    boot: endpoint.boot,
    seq,
    sentAt: new Date().toISOString(),
    host: {
      hostname: "edge-01.example.com",
      platform: "linux",
      os: "Debian GNU/Linux 12",
      arch: "x64",
      version: "0.1.0",
    },
    databases: [],
    lastResult: "current",
    events: [],
    ...change,
  };
}

/** What a test may bend about a signed request. */
export interface Bend {
  readonly created?: number;
  readonly tag?: string;
  readonly keyid?: string;
  /** The address that is signed, when it is not the one that is called. */
  readonly signedUrl?: string;
  /** Changes what is sent after it was signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly url?: string;
  readonly method?: string;
}

/** Puts a report, signed by the endpoint, bent as asked. */
export function put(
  origin: string,
  endpoint: Endpoint,
  report: StatusReport,
  bend: Bend = {},
): Promise<Response> {
  const url = `${origin}${reportPath(endpoint.id, report.boot, report.seq)}`;
  const body = JSON.stringify(report);
  const target = signableTarget(new URL(bend.signedUrl ?? url));
  const signed = signRequest({ method: "PUT", ...target, headers: json }, Buffer.from(body), {
    keyid: bend.keyid ?? endpoint.id,
    seed: endpoint.seed,
    created: bend.created ?? Math.floor(Date.now() / 1000),
    nonce: randomBytes(16).toString("base64url"),
    tag: bend.tag ?? reportTag,
  });
  return fetch(bend.url ?? url, {
    method: bend.method ?? "PUT",
    headers: { ...json, ...signed, ...bend.headers },
    body: bend.body ?? body,
  });
}
