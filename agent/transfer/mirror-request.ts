/** One request to one mirror: its address, its status, and what a status means. */
import type { HttpClient, HttpResponse } from "../../host/http/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";

/** One request. */
export interface MirrorRequest {
  /** Base address, ending in "/". */
  readonly mirror: string;
  /** Path in the repository; its parts were checked (protocol/release/names.ts). */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * The address of a path at a mirror. The path has its final form: names in it that could be
 * anything were percent-encoded when it was made (protocol/tuf/role-file.ts).
 */
export function addressOf(mirror: string, path: string): string {
  return new URL(path, mirror).href;
}

/** An answer of that status as an error. */
export function statusError(address: string, status: number, retryAfter?: string): VouchsafeError {
  const { origin, pathname } = new URL(address);
  const shown = `${origin}${pathname}`;
  if (status === 404 || status === 410) {
    const message = `The repository has no ${shown} (HTTP ${status}).`;
    return new VouchsafeError("repository.missing", message, { details: { status } });
  }
  const message = `The server answered HTTP ${status} for ${shown}.`;
  const details = { status, ...(retryAfter === undefined ? {} : { retryAfter }) };
  return new VouchsafeError("transfer.status", message, { details });
}

/**
 * Sends a GET. The answer's body is as sent: nothing is ever asked for compressed, and a
 * Content-Encoding is never undone.
 *
 * @throws VouchsafeError `transfer.*`
 */
export function getFrom(http: HttpClient, request: MirrorRequest): Promise<HttpResponse> {
  const { mirror, path, headers, maxBytes, signal } = request;
  return http.request({
    method: "GET",
    url: addressOf(mirror, path),
    base: mirror,
    headers: { "accept-encoding": "identity", ...headers },
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(signal === undefined ? {} : { signal }),
  });
}
