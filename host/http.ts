/**
 * The HTTP client of all programs: got, loaded when the first request is made. It never retries
 * (its callers know what a retry means), never decompresses (lengths and hashes are of what is
 * sent), and follows no redirect by itself.
 */
import type { Agent as HttpAgent, IncomingMessage } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import type { Got } from "got";
import { VouchsafeError } from "../protocol/errors.ts";
import { tooLarge, watchBody } from "./http/body.ts";
import { shownUrl, silent, transferError } from "./http/errors.ts";
import { readIncoming } from "./http/incoming.ts";
import { maxRedirects, redirectTarget } from "./http/redirect.ts";
import type {
  HttpClient,
  HttpOptions,
  HttpRequest,
  HttpResponse,
  HttpTimeouts,
} from "./http/types.ts";

export { readBody } from "./http/body.ts";
export type * from "./http/types.ts";

/** What is loaded and opened on first use. */
interface Machinery {
  readonly got: Got;
  readonly agent: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly ca: string[] | undefined;
}

async function loadMachinery({ tls, proxyEnv }: HttpOptions): Promise<Machinery> {
  const [{ default: got }, http, https, { getCACertificates }] = await Promise.all([
    import("got"),
    import("node:http"),
    import("node:https"),
    import("node:tls"),
  ]);
  const settings = { keepAlive: true, ...(proxyEnv === undefined ? {} : { proxyEnv }) };
  // An own authority is added to the usual ones: a private proxy and public mirrors can coexist.
  const ca = tls?.ca === undefined ? undefined : [...getCACertificates("default"), tls.ca];
  const { cert, key } = tls ?? {};
  const secure = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return {
    got,
    ca,
    agent: { http: new http.Agent(settings), https: new https.Agent({ ...settings, ...secure }) },
  };
}

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const known = parsed?.protocol === "http:" || parsed?.protocol === "https:";
  if (known && parsed.username === "" && parsed.password === "") return;
  throw new VouchsafeError("usage.input", `${shownUrl(url)} is not a plain http or https address.`);
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return plain;
}

function openStream(
  { got, agent, ca }: Machinery,
  options: HttpOptions,
  request: HttpRequest,
  timeouts: HttpTimeouts,
) {
  const { connectMs, idleMs, requestMs } = timeouts;
  const { cert, key } = options.tls ?? {};
  const { method, url, headers, body } = request;
  return got.stream(url, {
    method,
    headers: { "user-agent": options.userAgent, "accept-encoding": "identity", ...headers },
    ...(body === undefined ? {} : { body }),
    agent,
    decompress: false,
    followRedirect: false,
    throwHttpErrors: false,
    http2: false,
    retry: { limit: 0 },
    timeout: {
      lookup: connectMs,
      connect: connectMs,
      secureConnect: connectMs,
      send: Math.max(idleMs, connectMs),
      response: idleMs,
      ...(requestMs === undefined ? {} : { request: requestMs }),
    },
    https: {
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { certificateAuthority: ca }),
      ...(cert === undefined ? {} : { certificate: cert }),
      ...(key === undefined ? {} : { key }),
    },
  });
}

type GotStream = ReturnType<typeof openStream>;

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly pieces: AsyncIterator<Uint8Array>;
}

/** Waits for the headers; a guard of our own covers phases got cannot see (a silent proxy). */
function awaitAnswer(stream: GotStream, url: string, guardMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const guard = setTimeout(() => {
      reject(silent(url, guardMs));
      stream.destroy();
    }, guardMs);
    // The message itself, at once: got's own "response" comes later, and after a connection that
    // broke meanwhile not at all, with what had arrived.
    stream.once("request", (request) => {
      request.once("response", (response: IncomingMessage) => {
        clearTimeout(guard);
        const { statusCode = 0, headers } = response;
        const pieces = readIncoming(response);
        resolve({ status: statusCode, headers: plainHeaders(headers), pieces });
      });
    });
    // Stays for the body's time too: an unheard "error" would end the process.
    stream.on("error", (error: Error) => {
      clearTimeout(guard);
      reject(transferError(error, url, "before-answer"));
    });
  });
}

async function send(
  machinery: Machinery,
  options: HttpOptions,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { url, signal, maxBytes = Number.POSITIVE_INFINITY } = request;
  const timeouts = { ...options.timeouts, ...request.timeouts };
  signal?.throwIfAborted();
  const stream = openStream(machinery, options, request, timeouts);
  const onAbort = (): void => void stream.destroy(new Error("aborted"));
  const destroy = (): void => {
    signal?.removeEventListener("abort", onAbort);
    stream.destroy();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  // got waits for the end of what is piped in when a method may carry a body and none is given.
  if (request.body === undefined && request.method !== "GET" && request.method !== "HEAD") {
    stream.end();
  }
  const guardMs = timeouts.connectMs * 3 + timeouts.idleMs * 2;
  try {
    const { status, headers, pieces } = await awaitAnswer(stream, url, guardMs);
    if (Number(headers["content-length"]) > maxBytes && request.method !== "HEAD") {
      throw tooLarge(url, maxBytes);
    }
    const body = watchBody(pieces, { url, maxBytes, idleMs: timeouts.idleMs, signal, destroy });
    return { status, headers, url, body, cancel: destroy };
  } catch (error) {
    destroy();
    signal?.throwIfAborted();
    throw transferError(error, url, "before-answer");
  }
}

async function follow(
  machinery: Machinery,
  options: HttpOptions,
  request: HttpRequest,
): Promise<HttpResponse> {
  let { url } = request;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await send(machinery, options, { ...request, url });
    try {
      const target = redirectTarget({
        policy: options.redirects,
        method: request.method,
        status: response.status,
        location: response.headers["location"],
        url,
        base: request.base,
      });
      if (target === undefined) return response;
      url = target;
    } catch (error) {
      response.cancel();
      throw error;
    }
    response.cancel();
  }
  const message = `The server of ${shownUrl(request.url)} redirects more than ${maxRedirects} times.`;
  throw new VouchsafeError("transfer.redirect", message);
}

function closeAgents({ agent }: Machinery): void {
  agent.http.destroy();
  agent.https.destroy();
}

/** Makes a client. Nothing is loaded before its first request. */
export function createHttp(options: HttpOptions): HttpClient {
  let machinery: Promise<Machinery> | undefined;
  return {
    request: async (request) => {
      checkUrl(request.url);
      machinery ??= loadMachinery(options);
      return follow(await machinery, options, request);
    },
    close: () => {
      void machinery?.then(closeAgents);
    },
  };
}
