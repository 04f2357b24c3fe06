/** Every error of the API is a problem document (RFC 9457); nothing internal is told. */
import type { FastifyError, FastifyReply } from "fastify";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";

/** A problem: `type` is `urn:vouchsafe:problem:NAME`, or `about:blank` without a name. */
export interface Problem {
  readonly status: number;
  readonly name?: string;
  readonly title: string;
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not authentic",
  403: "Refused",
  404: "Not found",
  408: "Too slow",
  409: "Conflict",
  413: "Body too large",
  415: "Unsupported media type",
  421: "Misdirected request",
  429: "Too many requests",
  431: "Header fields too large",
  500: "Internal error",
  503: "Not available",
};

/** The title that belongs to a status. */
export function titleOf(status: number): string {
  return titles[status] ?? (status < 500 ? "Bad request" : "Internal error");
}

const statusOfCode: Partial<Record<ErrorCode, number>> = {
  "report.refused": 401,
  "enrol.refused": 403,
  "usage.input": 400,
  "format.newer": 400,
};

const retryLater = { "retry-after": "60" };

function isSqliteError(error: Error): boolean {
  return "code" in error && error.code === "ERR_SQLITE_ERROR";
}

/** The problem that an error is told as: pure. */
export function problemOf(error: FastifyError | Error): Problem {
  if (error instanceof VouchsafeError) {
    const status = statusOfCode[error.code] ?? 500;
    if (status === 500) return { status, title: titleOf(500) };
    const name = error.code.replace(".", "-");
    const headers = status === 401 ? { "www-authenticate": "Signature" } : {};
    return { status, name, title: titleOf(status), detail: error.message, headers };
  }
  if (isSqliteError(error)) {
    return { status: 503, title: titleOf(503), headers: retryLater };
  }
  const status = "statusCode" in error ? error.statusCode : undefined;
  if (status !== undefined && status >= 400 && status < 500) {
    return { status, title: titleOf(status) };
  }
  return { status: 500, title: titleOf(500) };
}

/** The document of a problem. */
export function problemDocument(problem: Problem): Record<string, string | number> {
  const { status, name, title, detail } = problem;
  return {
    type: name === undefined ? "about:blank" : `urn:vouchsafe:problem:${name}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ "cache-control": "no-store", ...problem.headers })
    .type("application/problem+json")
    .send(JSON.stringify(problemDocument(problem)));
}
