/**
 * A repository over its mirrors: metadata by conditional GET, targets as bounded streams. Nothing
 * that comes out of here is trusted; it is only capped.
 */
import type { HttpClient, HttpResponse } from "../../host/http/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type {
  MetadataAnswer,
  MetadataFetcher,
  MetadataRequest,
  Validators,
} from "../trust/types.ts";
import { getFrom, statusError } from "./mirror-request.ts";
import { overMirrors, type RetryPorts } from "./retry.ts";

/** How a target is downloaded. */
export interface TargetRequest {
  /** The signed length: one byte more is `trust.mismatch`. */
  readonly length: number;
  readonly signal?: AbortSignal;
}

/** A repository. */
export interface Repository {
  readonly metadata: MetadataFetcher;
  /**
   * Downloads a target. `consume` is given the body, and given it again from the start, of the
   * same or the next mirror, when an attempt fails or it throws `trust.mismatch`.
   *
   * @throws VouchsafeError `transfer.*`, `repository.missing`, `trust.mismatch`, and what
   *   `consume` throws
   */
  download<T>(
    path: string,
    request: TargetRequest,
    consume: (body: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T>;
}

const rootPath = /^metadata\/[0-9]+\.root\.json$/;

function conditionsFor(mirror: string, validators: Validators | undefined) {
  if (validators === undefined || validators.origin !== mirror) return {};
  const { etag, lastModified } = validators;
  return {
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
  };
}

function validatorsOf(mirror: string, { headers }: HttpResponse): Validators {
  const { etag } = headers;
  const lastModified = headers["last-modified"];
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
  clock: RetryPorts["clock"],
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

async function* exactly(
  body: AsyncIterable<Uint8Array>,
  length: number,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  for await (const piece of body) {
    received += piece.length;
    if (received > length) {
      throw new VouchsafeError("trust.mismatch", `${path} is longer than its ${length} bytes.`);
    }
    yield piece;
  }
  if (received < length) {
    const message = `${path} ended after ${received} of its ${length} bytes.`;
    throw new VouchsafeError("trust.mismatch", message);
  }
}

/**
 * A repository over its mirrors.
 *
 * @param mirrors base addresses, each ending in "/", in the order in which they are asked
 */
export function createRepository(
  http: HttpClient,
  mirrors: readonly string[],
  ports: RetryPorts,
): Repository {
  async function getMetadata(
    mirror: string,
    path: string,
    { maxBytes, conditional }: MetadataRequest,
  ): Promise<MetadataAnswer> {
    const headers = conditionsFor(mirror, conditional);
    const response = await getFrom(http, { mirror, path, maxBytes, headers });
    const { status } = response;
    if (status === 200) {
      checkAnnounced(response, maxBytes);
      const bytes = await readAll(response.body, ports.clock, path);
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
    // Buckets answer 403 for what does not exist; the next root usually does not.
    if (status === 403 && rootPath.test(path)) return { status: "missing" };
    throw statusError(response.url, status, response.headers["retry-after"]);
  }

  return {
    metadata: {
      get: async (path, request) => {
        const attempt = (mirror: string) => getMetadata(mirror, path, request);
        if (rootPath.test(path)) {
          return overMirrors(mirrors, ports, (mirror) => attempt(mirror).catch(missingAnswer));
        }
        return overMirrors(mirrors, ports, attempt).catch(missingAnswer);
      },
    },
    download: (path, { length, signal }, consume) =>
      overMirrors(
        mirrors,
        ports,
        async (mirror) => {
          const response = await getFrom(http, {
            mirror,
            path,
            ...(signal === undefined ? {} : { signal }),
          });
          try {
            if (response.status !== 200) {
              throw statusError(response.url, response.status, response.headers["retry-after"]);
            }
            return await consume(exactly(response.body, length, path));
          } finally {
            response.cancel();
          }
        },
        signal,
      ),
  };
}

function missingAnswer(error: unknown): MetadataAnswer {
  if (error instanceof VouchsafeError && error.code === "repository.missing") {
    return { status: "missing" };
  }
  throw error;
}
