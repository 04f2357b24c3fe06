/** Errors of the network, mapped once to the registry's `transfer.*` codes. */
import type { ErrorCode } from "../../protocol/error-codes.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";

/** How far a request had come when it failed. */
export type Phase = "before-answer" | "body";

const unreachable = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "EADDRNOTAVAIL",
  "ERR_PROXY_TUNNEL",
]);

const tlsCode =
  /^(CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|EPROTO$)/;

/** An address for messages: without user information, query and fragment. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return "an invalid address";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** The errno of an error or of what caused it. */
function codeOf(error: unknown): string {
  const own = errnoOf(error);
  if (own !== undefined && own !== "ERR_GOT_REQUEST_ERROR") return own;
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : (own ?? "");
}

function classify(errno: string, phase: Phase): readonly [ErrorCode, string] {
  if (errno === "ETIMEDOUT" || errno === "ESOCKETTIMEDOUT" || errno === "ERR_PROXY_TIMEOUT") {
    return ["transfer.timeout", "did not answer in time"];
  }
  if (tlsCode.test(errno)) return ["transfer.tls", `has no acceptable certificate (${errno})`];
  if (unreachable.has(errno)) return ["transfer.unreachable", `cannot be reached (${errno})`];
  if (phase === "body") return ["transfer.truncated", "broke off before the end of its answer"];
  if (errno.startsWith("HPE_")) return ["transfer.unreachable", "does not speak HTTP"];
  const detail = errno === "" ? "" : ` (${errno})`;
  return ["transfer.unreachable", `closed the connection without an answer${detail}`];
}

/** An error of the transport as a VouchsafeError; one that is already is returned unchanged. */
export function transferError(error: unknown, url: string, phase: Phase): VouchsafeError {
  if (error instanceof VouchsafeError) return error;
  const errno = codeOf(error);
  const [code, what] = classify(errno, phase);
  return new VouchsafeError(code, `The server of ${shownUrl(url)} ${what}.`, {
    cause: error,
    details: { url: shownUrl(url), errno },
  });
}

/** The server was silent for too long. */
export function silent(url: string, ms: number): VouchsafeError {
  const message = `The server of ${shownUrl(url)} was silent for ${ms / 1000} s.`;
  return new VouchsafeError("transfer.timeout", message, { details: { url: shownUrl(url) } });
}
