/** The listening socket: HTTP or TLS, with a limit on everything that a client can drag out. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import { createServer as createTlsServer } from "node:https";
import type { Clock } from "../../host/clock.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { problemDocument, titleOf } from "./problems.ts";

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
}

/** A socket that listens. */
export interface Listener {
  readonly port: number;
  /** Takes no more, lets what runs finish for `graceMs`, then cuts it off. */
  close(graceMs: number): Promise<void>;
}

const bounds = {
  requestTimeout: 15_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 25_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16_384,
} as const;
const idleMs = 30_000;
const maxConnections = 4_096;

function rawProblem(status: number): string {
  const body = JSON.stringify(problemDocument({ status, title: titleOf(status) }));
  const head = [
    `HTTP/1.1 ${status} ${titleOf(status)}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

/** The status for a request that is not even HTTP. */
const malformed: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function makeServer(handle: RequestListener, options: ListenOptions): Server | TlsServer {
  const { tls } = options;
  if (tls === undefined) return createServer(bounds, handle);
  try {
    return createTlsServer({ ...bounds, ...tls, minVersion: "TLSv1.2" }, handle);
  } catch (cause) {
    const message = "The certificate and key for TLS cannot be used together.";
    throw new VouchsafeError("usage.input", message, { cause });
  }
}

/**
 * Starts to listen.
 *
 * @throws VouchsafeError `usage.input` when the address cannot be listened on or the TLS files are
 *   not usable
 */
export async function listen(
  handle: RequestListener,
  options: ListenOptions,
  clock: Clock,
): Promise<Listener> {
  const server = makeServer(handle, options);
  server.maxConnections = maxConnections;
  server.timeout = idleMs;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return void socket.destroy();
    socket.end(rawProblem(malformed[error.code ?? ""] ?? 400));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const place = `${options.host}:${options.port}`;
      reject(new VouchsafeError("usage.input", `Cannot listen on ${place}.`, { cause }));
    });
    server.listen(options.port, options.host, () => resolve());
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return {
    port,
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cut = new AbortController();
      const late = clock.sleep(graceMs, cut.signal).then(
        () => server.closeAllConnections(),
        () => undefined,
      );
      await Promise.race([closed, late]);
      cut.abort();
      await closed;
    },
  };
}
