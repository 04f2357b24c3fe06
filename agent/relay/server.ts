/**
 * The relay's server: one request at a time on each connection, all of it bounded. Whatever a
 * neighbour does, nothing is read but the request's head, and nothing is sent but offers.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Clock } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import { errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import { type Answer, type Asked, answerTo } from "./answer.ts";
import { bounds, serverBounds } from "./bounds.ts";
import type { Catalog } from "./catalog.ts";
import { makeNeighbours } from "./neighbours.ts";
import { openOffer, type SendPorts, sendPart } from "./send.ts";

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxConnections: number;
  /** PEM; with `ca` only neighbours with a certificate of that authority get in. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer; readonly ca?: Buffer };
}

/** What a relay works with. */
export interface RelayPorts extends SendPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** What may be handed out now. Throws `disk.*` and the like when that cannot be told. */
  readonly catalog: () => Promise<Catalog>;
  /** Whether an Authorization header has the token that is asked for. */
  readonly mayRead: (authorization: string | undefined) => boolean;
}

/** A relay that listens. */
export interface RunningRelay {
  readonly port: number;
  /** What it has handed out. */
  totals(): { readonly files: number; readonly bytes: number };
  /** Takes no more, lets answers that are under way end for a while, then cuts them off. */
  close(): Promise<void>;
}

function makeServer(handle: RequestListener, { tls }: ListenOptions): Server {
  if (tls === undefined) return createServer(serverBounds, handle);
  const checked = tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  const secure = { ...tls, ...checked, handshakeTimeout: bounds.tlsHandshakeMs };
  try {
    return createTlsServer({ ...serverBounds, ...secure, minVersion: "TLSv1.2" }, handle);
  } catch (cause) {
    const message = "The certificate and key of relay.tls cannot be used together.";
    throw new VouchsafeError("config.invalid", message, { cause });
  }
}

async function listen(server: Server, { host, port }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `Cannot listen on ${host}, port ${port}: ${cause.message}.`;
      reject(new VouchsafeError("relay.listen", message, { cause }));
    });
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

function askedBy({ method = "", url = "", headers }: IncomingMessage): Asked {
  const length = headers["content-length"];
  return {
    method,
    target: url,
    hasBody: headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0"),
    range: headers.range,
    ifRange: headers["if-range"]?.toString(),
    ifNoneMatch: headers["if-none-match"],
  };
}

const refusal = { "www-authenticate": "Bearer", "content-length": 0 };

/**
 * Starts to listen.
 *
 * @throws VouchsafeError `relay.listen`, `config.invalid` when the TLS files cannot be used
 */
export async function startRelay(options: ListenOptions, ports: RelayPorts): Promise<RunningRelay> {
  const { fs, clock, log, catalog, mayRead } = ports;
  const neighbours = makeNeighbours(clock);
  const busy = new WeakSet<Socket>();
  let draining = false;
  let files = 0;
  let bytes = 0;
  let trouble: string | undefined;

  /** The catalog; undefined, and told once, when it cannot be read. */
  async function look(): Promise<Catalog | undefined> {
    try {
      const found = await catalog();
      if (trouble !== undefined) log.info("What is installed can be read again");
      trouble = undefined;
      return found;
    } catch (error) {
      const document = errorDocument(error);
      if (trouble !== document.message) {
        log.warn("What is installed cannot be read", { error: document });
      }
      trouble = document.message;
      return undefined;
    }
  }

  async function hand(response: ServerResponse, answer: Answer, gone: AbortSignal) {
    const { status, headers, part } = answer;
    if (part === undefined) return void response.writeHead(status, headers).end();
    const file = await openOffer(fs, part.offer);
    if (file === undefined) return void response.writeHead(404, { "content-length": 0 }).end();
    try {
      response.writeHead(status, headers);
      await sendPart(response, file, part, ports, gone);
      response.end();
      files += 1;
      bytes += part.end - part.start;
    } finally {
      await file.close();
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse, gone: AbortSignal) {
    const address = request.socket.remoteAddress ?? "";
    const welcome = mayRead(request.headers.authorization);
    await neighbours.pace(address, welcome ? 1 : bounds.refusedCounts, gone);
    if (!welcome) return void response.writeHead(401, refusal).end();
    const found = await look();
    if (found === undefined) {
      return void response.writeHead(503, { "content-length": 0 }).end();
    }
    await hand(response, answerTo(askedBy(request), found, clock.now().getTime()), gone);
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (busy.has(socket)) return void socket.destroy(); // nobody who means well pipelines
    busy.add(socket);
    const gone = new AbortController();
    response.once("close", () => {
      busy.delete(socket);
      gone.abort();
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
    serve(request, response, gone.signal).catch((error: unknown) => {
      log.debug("An answer was cut off", { error: errorDocument(error) });
      response.destroy();
    });
  }

  const server = makeServer(handle, options);
  server.maxConnections = options.maxConnections;
  server.maxHeadersCount = bounds.headersCount;
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    const address = socket.remoteAddress ?? "";
    if (!neighbours.connected(address)) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      neighbours.disconnected(address);
    });
  });
  const port = await listen(server, options);
  return {
    port,
    totals: () => ({ files, bytes }),
    close: async () => {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cut = new AbortController();
      const late = clock.sleep(bounds.drainMs, cut.signal).then(
        () => sockets.forEach((socket) => socket.destroy()),
        () => undefined,
      );
      await Promise.race([closed, late]);
      cut.abort();
      await closed;
    },
  };
}
