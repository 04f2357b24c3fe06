/**
 * A repository server on loopback that misbehaves on demand. It serves a map of files by path,
 * with validators, and counts what it was asked for and what it sent.
 */
import { createHash } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** How a path is served wrongly. */
export type Fault =
  /** One byte in the middle is another. */
  | { readonly kind: "wrong-bytes" }
  /** Other bytes altogether. */
  | { readonly kind: "instead"; readonly bytes: Uint8Array }
  /** Other bytes of the same length, as if they were the file's; breaks off after so many. */
  | { readonly kind: "lie"; readonly bytes: Buffer; readonly after?: number }
  /** Announces everything, sends so many bytes, and breaks off. */
  | { readonly kind: "truncated"; readonly after: number }
  /** Sends so many bytes as if they were all, and ends properly. */
  | { readonly kind: "short"; readonly after: number }
  /** Never ends: zeros, chunk after chunk. */
  | { readonly kind: "endless" }
  /** So many bytes at a time, with a pause between. */
  | { readonly kind: "slow"; readonly bytes: number; readonly pauseMs: number }
  /** Takes the request and says nothing. */
  | { readonly kind: "silent" }
  /** Sends the headers and so many bytes (half if absent), then nothing. */
  | { readonly kind: "stalled"; readonly after?: number }
  /** Knows nothing of ranges. */
  | { readonly kind: "no-ranges" }
  /** Answers a range with another one. */
  | { readonly kind: "wrong-range" }
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: "redirect"; readonly location: string }
  /** Claims a Content-Encoding that the body does not have. */
  | { readonly kind: "claims-gzip" };

/** A fault on one path or on those that match. */
interface Placed {
  readonly where: string | RegExp;
  readonly fault: Fault;
  /** How often it still occurs. */
  left: number;
}

/** A running server. */
export interface MisbehavingServer {
  /** Base address, ending in "/". */
  readonly url: string;
  /** Paths asked for, in order, without the leading slash. */
  readonly requests: string[];
  /** The headers of those requests. */
  readonly headers: IncomingHttpHeaders[];
  /** Body bytes sent. */
  sent(): number;
  /** Misbehaves on a path (or all that match), so many times, or until it is cleared. */
  misbehave(where: string | RegExp, fault: Fault, times?: number): void;
  behave(): void;
  /** Sends these headers with every answer. */
  stamp(headers: Readonly<Record<string, string>>): void;
  /** Goes on serving what the files are now, whatever is published after. */
  freeze(): void;
  close(): Promise<void>;
}

function etagOf(bytes: Uint8Array): string {
  return `"${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}"`;
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = Math.floor(copy.length / 2);
  if (copy.length > 0) copy.writeUInt8(copy.readUInt8(middle) ^ 1, middle);
  return copy;
}

/** What a request gets: all, or the rest that it asks for (RFC 9110 §14). */
interface Part {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}

function partFor({ headers }: IncomingMessage, bytes: Buffer): Part {
  const etag = etagOf(bytes);
  const asked = /^bytes=([0-9]+)-$/.exec(headers.range ?? "")?.[1];
  const still = headers["if-range"] === undefined || headers["if-range"] === etag;
  if (asked === undefined || !still) {
    return { status: 200, headers: { etag, "content-length": bytes.length }, body: bytes };
  }
  const start = Number(asked);
  if (start >= bytes.length) {
    const range = `bytes */${bytes.length}`;
    return { status: 416, headers: { "content-range": range }, body: Buffer.alloc(0) };
  }
  const body = bytes.subarray(start);
  const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  return {
    status: 206,
    headers: { etag, "content-length": body.length, "content-range": range },
    body,
  };
}

/**
 * Starts a server.
 *
 * @param files bytes by path, such as `metadata/timestamp.json`; read at every request
 * @param folder the path below which they lie, such as `vendor/`
 */
export async function misbehavingServer(
  files: ReadonlyMap<string, Buffer>,
  folder = "",
): Promise<MisbehavingServer> {
  const requests: string[] = [];
  const requestHeaders: IncomingHttpHeaders[] = [];
  const faults: Placed[] = [];
  let served = files;
  let stamped = new Headers();
  let sentBytes = 0;

  function send(response: ServerResponse, bytes: Uint8Array): void {
    sentBytes += bytes.length;
    response.write(bytes);
  }

  function serve(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
    const etag = etagOf(bytes);
    if (request.headers["if-none-match"] === etag) {
      response.writeHead(304, { etag }).end();
      return;
    }
    const part = partFor(request, bytes);
    sentBytes += part.body.length;
    response.writeHead(part.status, part.headers).end(part.body);
  }

  async function trickle(
    response: ServerResponse,
    { status, headers: answered, body }: Part,
    fault: Extract<Fault, { kind: "slow" }>,
  ) {
    response.writeHead(status, answered);
    for (let at = 0; at < body.length && !response.destroyed; at += fault.bytes) {
      send(response, body.subarray(at, at + fault.bytes));
      await delay(fault.pauseMs);
    }
    response.end();
  }

  async function breakOff(response: ServerResponse, part: Part, after = part.body.length) {
    response.writeHead(part.status, part.headers);
    send(response, part.body.subarray(0, after));
    if (after >= part.body.length) {
      response.end();
      return;
    }
    await delay(10);
    response.destroy();
  }

  async function flood(response: ServerResponse): Promise<void> {
    response.writeHead(200);
    const zeros = Buffer.alloc(16 * 1024);
    while (!response.destroyed) {
      send(response, zeros);
      await delay(1);
    }
  }

  async function misserve(
    request: IncomingMessage,
    response: ServerResponse,
    bytes: Buffer,
    fault: Fault,
  ): Promise<void> {
    const part = partFor(request, bytes);
    switch (fault.kind) {
      case "wrong-bytes":
        return serve(request, response, flipped(bytes));
      case "instead":
        return serve(request, response, Buffer.from(fault.bytes));
      case "truncated":
        return breakOff(response, part, fault.after);
      case "lie":
        return breakOff(response, partFor(request, fault.bytes), fault.after);
      case "short":
        return serve(request, response, bytes.subarray(0, fault.after));
      case "endless":
        return flood(response);
      case "slow":
        return trickle(response, part, fault);
      case "silent":
        return;
      case "stalled":
        response.writeHead(part.status, part.headers);
        send(response, part.body.subarray(0, fault.after ?? part.body.length / 2));
        return;
      case "no-ranges":
        sentBytes += bytes.length;
        response.writeHead(200, { "content-length": bytes.length }).end(bytes);
        return;
      case "wrong-range": {
        const range = `bytes 0-${bytes.length - 1}/${bytes.length}`;
        response.writeHead(part.status, { ...part.headers, "content-range": range });
        response.end(part.body);
        return;
      }
      case "status": {
        const { status, retryAfter } = fault;
        const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
        response.writeHead(status, headers).end("no");
        return;
      }
      case "redirect":
        response.writeHead(302, { location: fault.location }).end();
        return;
      case "claims-gzip":
        sentBytes += bytes.length;
        response.writeHead(200, { "content-encoding": "gzip" }).end(bytes);
        return;
    }
  }

  function faultAt(path: string): Fault | undefined {
    const placed = faults.find(
      ({ where, left }) =>
        left > 0 && (typeof where === "string" ? where === path : where.test(path)),
    );
    if (placed === undefined) return undefined;
    placed.left -= 1;
    return placed.fault;
  }

  const server = createServer((request, response) => {
    const asked = decodeURIComponent((request.url ?? "/").slice(1));
    const path = asked.startsWith(folder) ? asked.slice(folder.length) : asked;
    requests.push(path);
    requestHeaders.push(request.headers);
    response.setHeaders(stamped);
    const bytes = served.get(path);
    const fault = faultAt(path);
    if (fault !== undefined) {
      misserve(request, response, bytes ?? Buffer.alloc(0), fault).catch(() => response.destroy());
    } else if (bytes === undefined) {
      response.writeHead(404).end("not here");
    } else {
      serve(request, response, bytes);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");

  return {
    url: `http://127.0.0.1:${address.port}/${folder}`,
    requests,
    headers: requestHeaders,
    sent: () => sentBytes,
    misbehave: (where, fault, times = Number.POSITIVE_INFINITY) => {
      faults.push({ where, fault, left: times });
    },
    behave: () => {
      faults.length = 0;
    },
    stamp: (fields) => {
      stamped = new Headers(fields);
    },
    freeze: () => {
      served = new Map(files);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
