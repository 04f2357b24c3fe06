/** Asking for the rest of a file, and what an answer to that really holds (RFC 9110 §14): pure. */
import type { HttpResponse } from "../../host/http/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { statusError } from "./mirror-request.ts";
import { isPageAnswer, portalError } from "./portal.ts";

/** A strong validator (RFC 9110 §8.8.1); only such a one may stand in If-Range (§13.1.5). */
export function strongEtag({ headers }: Pick<HttpResponse, "headers">): string | undefined {
  const { etag } = headers;
  return etag !== undefined && /^"[\x21\x23-\x7e]{1,200}"$/.test(etag) ? etag : undefined;
}

/**
 * Headers that ask for all from `offset` on. Without a strong validator of that very mirror the
 * range is asked for all the same: the hash of the whole decides in the end.
 */
export function rangeHeaders(
  offset: number,
  etag: string | undefined,
): Readonly<Record<string, string>> {
  if (offset === 0) return {};
  return { range: `bytes=${offset}-`, ...(etag === undefined ? {} : { "if-range": etag }) };
}

function mismatch(path: string, what: string): VouchsafeError {
  return new VouchsafeError("trust.mismatch", `${path} ${what}.`);
}

const contentRange = /^bytes ([0-9]{1,15})-([0-9]{1,15})\/([0-9]{1,15}|\*)$/;

/**
 * How many bytes at the beginning of the body are there already: `offset` for an answer with the
 * whole file, 0 for one with the rest.
 *
 * @param offset what was asked for
 * @param length signed length of the whole
 * @throws VouchsafeError `trust.mismatch` when the mirror's file has another length,
 *   `transfer.status`, `transfer.portal`, `repository.missing`
 */
export function bytesToSkip(
  response: HttpResponse,
  path: string,
  offset: number,
  length: number,
): number {
  const { status, headers, url } = response;
  if (status === 511) throw portalError(url); // RFC 6585 §6
  if (status === 200) {
    const announced = headers["content-length"];
    if (announced !== undefined && Number(announced) !== length) {
      if (isPageAnswer(response)) throw portalError(url);
      throw mismatch(path, `has ${announced} bytes at ${new URL(url).origin} instead of ${length}`);
    }
    return offset;
  }
  if (status === 206 && offset > 0) {
    const [, first, last, total] = contentRange.exec(headers["content-range"] ?? "") ?? [];
    const right = Number(first) === offset && Number(last) === length - 1;
    if (right && (total === "*" || Number(total) === length)) return 0;
    const message = `The server of ${url} answered with another part than was asked for.`;
    throw new VouchsafeError("transfer.status", message, { details: { status, range: true } });
  }
  if (status === 416 && offset > 0) throw mismatch(path, `is shorter at ${new URL(url).origin}`);
  throw statusError(url, status, headers["retry-after"]);
}
