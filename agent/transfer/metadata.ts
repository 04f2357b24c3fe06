/**
 * Metadata over the mirrors, by conditional GET. Nothing that comes out of here is trusted; it is
 * only capped.
 */
import type { HttpClient, HttpResponse } from "../../host/http/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type {
  MetadataAnswer,
  MetadataFetcher,
  MetadataRequest,
  Validators,
} from "../trust/types.ts";
import { makeAttempts, type RetryPorts } from "./attempts.ts";
import { getFrom, statusError } from "./mirror-request.ts";
import { isPage, portalError } from "./portal.ts";
import type { Throttle } from "./rate.ts";
import { overMirrors } from "./retry.ts";
import { type Mirrorage, type Route, rootPath, routeOf } from "./route.ts";

/** What a fetcher needs. */
export interface MetadataPorts extends RetryPorts {
  readonly http: HttpClient;
  readonly throttle: Throttle;
  /** The mirrors as they are now. */
  readonly mirrorage: () => Mirrorage;
  /** Told who has answered, and for what. */
  readonly onAnswer: (mirror: string, path: string) => void;
}

function conditionsFor(mirror: string, validators: Validators | undefined) {
  if (validators === undefined || validators.origin !== mirror) return {};
  const { etag, lastModified } = validators;
  return {
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
  };
}

/**
 * Whether a file may change again without its validators changing: servers make them of the second
 * in which it was written, and that second was not over (RFC 9110 §8.8.2.2).
 */
function mayShareValidators({ headers }: HttpResponse): boolean {
  const written = Date.parse(headers["last-modified"] ?? "");
  return Date.parse(headers["date"] ?? "") - written < 1_000;
}

function validatorsOf(mirror: string, response: HttpResponse): Validators {
  if (mayShareValidators(response)) return { origin: mirror };
  const { etag } = response.headers;
  const lastModified = response.headers["last-modified"];
  return {
    origin: mirror,
    ...(etag === undefined || etag.length > 1024 ? {} : { etag }),
    ...(lastModified === undefined || lastModified.length > 128 ? {} : { lastModified }),
  };
}

/** Milliseconds that a server may take for any metadata, before its rate is looked at. */
const graceMs = 60_000;
/** Bytes a millisecond that it must have sent on average after that. */
const slowest = 1;

/** Reads metadata. A link may be slow, but a server that trickles may not hold a check for ever. */
async function readAll(
  body: AsyncIterable<Uint8Array>,
  { clock, throttle }: MetadataPorts,
  path: string,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const start = clock.monotonicMs();
  let received = 0;
  for await (const piece of body) {
    pieces.push(piece); // the client holds it to `maxBytes`
    received += piece.length;
    const spent = clock.monotonicMs() - start;
    if (spent > graceMs + received / slowest) {
      const message = `The server sent ${received} bytes of ${path} in ${Math.round(spent / 1000)} s.`;
      throw new VouchsafeError("transfer.timeout", message);
    }
  }
  await throttle.take(received);
  return Buffer.concat(pieces);
}

/** Refuses a body whose header already says that it is too long, before a byte of it is read. */
function checkAnnounced(response: HttpResponse, maxBytes: number): void {
  const announced = Number(response.headers["content-length"]);
  if (Number.isNaN(announced) || announced <= maxBytes) return;
  response.cancel();
  const message = `The server announces ${announced} bytes where at most ${maxBytes} may come.`;
  throw new VouchsafeError("transfer.too-large", message);
}

function missingAnswer(error: unknown): MetadataAnswer {
  if (error instanceof VouchsafeError && error.code === "repository.missing") {
    return { status: "missing" };
  }
  throw error;
}

async function getFromMirror(
  ports: MetadataPorts,
  mirror: string,
  path: string,
  { maxBytes, conditional }: MetadataRequest,
): Promise<MetadataAnswer> {
  const headers = conditionsFor(mirror, conditional);
  const response = await getFrom(ports.http, { mirror, path, maxBytes, headers });
  const { status } = response;
  if (status === 200) {
    checkAnnounced(response, maxBytes);
    const bytes = await readAll(response.body, ports, path);
    if (isPage(bytes)) throw portalError(response.url);
    const validators = validatorsOf(mirror, response);
    const serverTime = Date.parse(response.headers["date"] ?? "");
    return {
      status: "ok",
      bytes,
      validators,
      ...(Number.isNaN(serverTime) ? {} : { serverTime }),
    };
  }
  response.cancel();
  if (status === 304 && Object.keys(headers).length > 0) return { status: "unchanged" };
  if (status === 511) throw portalError(response.url); // RFC 6585 §6
  // Buckets answer 403 for what does not exist; the next root usually does not.
  if (status === 403 && rootPath.test(path)) return { status: "missing" };
  throw statusError(response.url, status, response.headers["retry-after"]);
}

/**
 * Metadata over the mirrors: of the first that has it.
 *
 * @param onRefused told of a mirror whose metadata was not acceptable
 */
export function metadataFetcher(
  ports: MetadataPorts,
  onRefused: (mirror: string, error: VouchsafeError, isLast: boolean) => void,
): MetadataFetcher {
  const refused = new Set<string>();
  const left = (): Mirrorage => {
    const mirrorage = ports.mirrorage();
    return { ...mirrorage, all: mirrorage.all.filter((mirror) => !refused.has(mirror)) };
  };

  /** Buckets have no next root most of the time; a relay may only not know of it. */
  function isDecisive(path: string, mirror: string, { relaysMayLack }: Route): boolean {
    return rootPath.test(path) && !(relaysMayLack && ports.mirrorage().isRelay(mirror));
  }

  return {
    refuse: (mirror, error) => {
      const isLast = !left().all.some((other) => other !== mirror);
      if (!isLast) refused.add(mirror);
      onRefused(mirror, error, isLast);
      return !isLast;
    },
    get: async (path, request) => {
      const route = routeOf(path, left());
      if (route.mirrors.length === 0) return { status: "missing" };
      // Nothing waits for a root that most likely is not there.
      const once = route.relaysMayLack && rootPath.test(path);
      const attempts = makeAttempts(route.mirrors, { ...ports, ...(once && { rounds: 1 }) });
      const attempt = async (mirror: string): Promise<MetadataAnswer> => {
        const answer = await getFromMirror(ports, mirror, path, request).catch((error: unknown) => {
          if (!isDecisive(path, mirror, route)) throw error;
          return missingAnswer(error);
        });
        ports.onAnswer(mirror, path);
        return answer;
      };
      return overMirrors(attempts, attempt).catch(missingAnswer);
    },
  };
}
