/** What a request is answered with (RFC 9110), without a socket or a disk: pure. */
import type { Catalog, Offer } from "./catalog.ts";

/** A request, as far as it counts. */
export interface Asked {
  readonly method: string;
  /** The request target as it was sent. */
  readonly target: string;
  /** Whether a body was announced. */
  readonly hasBody: boolean;
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** Bytes of an offer, from `start` up to, not including, `end`. */
export interface Part {
  readonly offer: Offer;
  readonly start: number;
  readonly end: number;
}

/** An answer. */
export interface Answer {
  readonly status: 200 | 206 | 304 | 400 | 404 | 405 | 416;
  readonly headers: Readonly<Record<string, string | number>>;
  /** What the body is; no body if absent. */
  readonly part?: Part;
}

const rangeForm = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/;

/** The one range that is asked for; "none" when there is none, or it is not understood (§14.2). */
function rangeOf(
  text: string | undefined,
  length: number,
): { readonly start: number; readonly end: number } | "none" | "unsatisfiable" {
  const [, first, last] = rangeForm.exec(text ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return "none";
  if (first === "") {
    const start = Math.max(0, length - Number(last));
    return start === length ? "unsatisfiable" : { start, end: length };
  }
  if (last !== "" && Number(last) < Number(first)) return "none";
  if (Number(first) >= length) return "unsatisfiable";
  const end = last === "" ? length : Math.min(length, Number(last) + 1);
  return { start: Number(first), end };
}

/** Weak comparison (§13.1.2). */
function matchesAny(list: string | undefined, etag: string): boolean {
  const tags = (list ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}

const plain = (status: 400 | 404, close = false): Answer => ({
  status,
  headers: { "content-length": 0, ...(close ? { connection: "close" } : {}) },
});

function describe({ kind }: Offer, etag: string): Readonly<Record<string, string>> {
  return {
    etag,
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    "content-type": kind === "metadata" ? "application/json" : "application/octet-stream",
    "x-content-type-options": "nosniff",
  };
}

function answerWith(offer: Offer, asked: Asked): Answer {
  const { length, sha256 } = offer;
  const etag = `"${sha256}"`;
  const common = describe(offer, etag);
  if (matchesAny(asked.ifNoneMatch, etag)) return { status: 304, headers: common };
  const still = asked.ifRange === undefined || asked.ifRange === etag;
  const isGet = asked.method === "GET";
  const range = isGet && still ? rangeOf(asked.range, length) : "none";
  if (range === "unsatisfiable") {
    const headers = { ...common, "content-range": `bytes */${length}`, "content-length": 0 };
    return { status: 416, headers };
  }
  if (range === "none") {
    const headers = { ...common, "content-length": length };
    return { status: 200, headers, ...(isGet && { part: { offer, start: 0, end: length } }) };
  }
  const { start, end } = range;
  return {
    status: 206,
    headers: {
      ...common,
      "content-length": end - start,
      "content-range": `bytes ${start}-${end - 1}/${length}`,
    },
    part: { offer, start, end },
  };
}

/** @param now milliseconds since 1970 */
export function answerTo(asked: Asked, catalog: Catalog, now: number): Answer {
  const { method, target, hasBody } = asked;
  if (method !== "GET" && method !== "HEAD") {
    const headers = { allow: "GET, HEAD", "content-length": 0, connection: "close" };
    return { status: 405, headers };
  }
  if (hasBody) return plain(400, true);
  const offer = target.startsWith("/") ? catalog.get(target.slice(1)) : undefined;
  if (offer === undefined || (offer.expiresMs ?? Number.POSITIVE_INFINITY) <= now) {
    return plain(404);
  }
  return answerWith(offer, asked);
}
