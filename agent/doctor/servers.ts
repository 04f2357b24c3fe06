/** The way to each mirror and to the console, tried step by step; what several checks speak of. */
import type { Clock } from "../../host/clock.ts";
import { chooseProxy, type ProxyChoice } from "../../host/http/proxy-choice.ts";
import type { HttpClient } from "../../host/http/types.ts";
import { readBody } from "../../host/http.ts";
import type { ProbeResult } from "../../host/probe/probe.ts";
import { toVouchsafeError, VouchsafeError } from "../../protocol/errors.ts";
import { parseEnvelope } from "../../protocol/tuf/envelope.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { isPage, portalError } from "../transfer/portal.ts";
import type { Validators } from "../trust/types.ts";
import type { DoctorPorts } from "./context.ts";

/** What a server answered. */
export type ServerAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      /** Milliseconds until the answer was there. */
      readonly tookMs: number;
      /** The server's clock minus ours, milliseconds, if it told the time. */
      readonly aheadMs?: number;
    }
  | { readonly ok: false; readonly error: VouchsafeError };

/** One server. */
export interface ServerFacts {
  /** As configured. */
  readonly url: string;
  readonly choice: ProxyChoice;
  readonly probe: ProbeResult;
  /** Absent when the probe did not come so far. */
  readonly answer?: ServerAnswer;
}

/** What to ask a server for. */
interface Question {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Throws if an answer of status 200 is not what was asked for. */
  readonly check: (body: Buffer) => void;
}

const maxBytes = limits.timestampBytes;

async function ask(
  http: HttpClient,
  clock: Clock,
  { url, path, headers, check }: Question,
  signal: AbortSignal,
): Promise<ServerAnswer> {
  const start = clock.monotonicMs();
  try {
    const address = new URL(path, url).href;
    const response = await http.request({
      method: "GET",
      url: address,
      headers,
      base: url,
      maxBytes,
      signal,
    });
    const { status } = response;
    const date = Date.parse(response.headers["date"] ?? "");
    const now = clock.now().getTime();
    if (status === 200) check(await readBody(response, maxBytes));
    else response.cancel();
    if (status !== 200 && status !== 304) {
      const message = `${address} is answered with status ${status}.`;
      return { ok: false, error: new VouchsafeError(statusCode(status), message) };
    }
    const tookMs = Math.round(clock.monotonicMs() - start);
    return { ok: true, status, tookMs, ...(Number.isNaN(date) ? {} : { aheadMs: date - now }) };
  } catch (cause) {
    if (!signal.aborted) return { ok: false, error: toVouchsafeError(cause) };
    const message = `The server of ${url} did not answer in time.`;
    return { ok: false, error: new VouchsafeError("transfer.timeout", message, { cause }) };
  }
}

const statusCode = (status: number) =>
  status === 404 || status === 403 ? ("repository.missing" as const) : ("transfer.status" as const);

function checkTimestamp(url: string, body: Buffer): void {
  if (isPage(body)) throw portalError(url);
  parseEnvelope(body, maxBytes);
}

function conditions(url: string, known: Validators | undefined): Record<string, string> {
  if (known?.origin !== url) return {};
  return {
    ...(known.etag === undefined ? {} : { "if-none-match": known.etag }),
    ...(known.lastModified === undefined ? {} : { "if-modified-since": known.lastModified }),
  };
}

async function look(
  ports: DoctorPorts,
  http: HttpClient,
  question: Question,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<ServerFacts> {
  const { url } = question;
  const choice = chooseProxy(url, ports.proxyEnv ?? {});
  const proxy = choice.kind === "proxy" ? choice.url : undefined;
  const probe = await ports.probe({ url, ca, signal, ...(proxy === undefined ? {} : { proxy }) });
  if (!probe.ok) return { url, choice, probe };
  return { url, choice, probe, answer: await ask(http, ports.clock, question, signal) };
}

/**
 * Tries a mirror with the conditional request that a check begins with.
 *
 * @param known what the mirror gave the last time
 */
export function lookAtMirror(
  ports: DoctorPorts,
  url: string,
  known: Validators | undefined,
  signal: AbortSignal,
): Promise<ServerFacts> {
  const question = {
    url,
    path: "metadata/timestamp.json",
    headers: conditions(url, known),
    check: (body: Buffer) => checkTimestamp(url, body),
  };
  return look(ports, ports.mirrorHttp, question, ports.authorities.mirrors, signal);
}

/** Tries the console; as {@link lookAtMirror}. */
export function lookAtConsole(
  ports: DoctorPorts,
  url: string,
  signal: AbortSignal,
): Promise<ServerFacts> {
  const question = { url, path: "/healthz", headers: {}, check: () => undefined };
  return look(ports, ports.consoleHttp, question, ports.authorities.console, signal);
}
