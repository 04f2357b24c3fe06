/** Sends one report: signs it, puts it, and says what became of it. */

import { parseReportAnswer, type ReportAnswer } from "../../protocol/report/answer.ts";
import { reportPath } from "../../protocol/report/identity.ts";
import { reportLimits } from "../../protocol/report/limits.ts";
import { signableTarget } from "../../protocol/report/signature-base.ts";
import { reportTag, signRequest } from "../../protocol/report/signed-request.ts";
import type { StatusReport } from "../../protocol/report/status-report.ts";
import type { ConsoleAnswer, ConsoleHttp } from "./console-http.ts";
import type { AgentIdentity, Random } from "./identity.ts";
import { problemSentence } from "./problem.ts";

/** What became of a report. */
export type Delivery =
  | { readonly result: "acknowledged"; readonly answer: ReportAnswer }
  /** Try again later; the console named a delay, or not. */
  | { readonly result: "later"; readonly retryAfterSeconds?: number; readonly message: string }
  /** Trying the same again is of no use. */
  | { readonly result: "refused"; readonly message: string };

/** What sending needs. */
export interface Sender {
  readonly http: ConsoleHttp;
  readonly identity: AgentIdentity;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/**
 * Seconds that a Retry-After field asks for (RFC 9110 §10.2.3: seconds or a date), clamped to
 * 1 … 3,600; undefined if it is neither.
 */
export function retryAfterSeconds(field: string | undefined, now: Date): number | undefined {
  if (field === undefined) return undefined;
  const text = field.trim();
  const moment = text.endsWith(" GMT") ? Date.parse(text) : Number.NaN;
  const seconds = /^\d{1,10}$/.test(text)
    ? Number(text)
    : Math.ceil((moment - now.getTime()) / 1000);
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(seconds, 1), reportLimits.delaySeconds);
}

function judge(answer: ConsoleAnswer, report: StatusReport, now: Date): Delivery {
  if (answer.status === 200 || answer.status === 201) {
    const parsed = parseReportAnswer(answer.body);
    const { boot, seq } = parsed.acknowledged;
    if (boot === report.boot && seq === report.seq)
      return { result: "acknowledged", answer: parsed };
    return { result: "later", message: "The console acknowledges another report." };
  }
  const message = problemSentence(answer);
  if (answer.status === 429 || answer.status >= 500) {
    const delay = retryAfterSeconds(answer.headers["retry-after"], now);
    return {
      result: "later",
      message,
      ...(delay === undefined ? {} : { retryAfterSeconds: delay }),
    };
  }
  return { result: "refused", message };
}

/**
 * Puts the report at `PUT /v1/agents/{id}/reports/{boot}/{seq}` of the console. Redirects are
 * never followed: a signature is for one authority.
 *
 * @param origin of the console
 * @throws VouchsafeError `transfer.*` when the console cannot be reached, `usage.input` when its
 *   answer is not understood
 */
export async function putReport(
  sender: Sender,
  origin: string,
  report: StatusReport,
  now: Date,
): Promise<Delivery> {
  const { identity, random, signal } = sender;
  const url = new URL(reportPath(report.agent, report.boot, report.seq), origin);
  const body = Buffer.from(JSON.stringify(report));
  const headers = { "content-type": "application/json" };
  const signed = signRequest({ method: "PUT", ...signableTarget(url), headers }, body, {
    keyid: identity.id,
    seed: identity.seed,
    created: Math.floor(now.getTime() / 1000),
    nonce: Buffer.from(random(16)).toString("base64url"),
    tag: reportTag,
  });
  const answer = await sender.http({
    method: "PUT",
    url: url.href,
    headers: { ...headers, ...signed },
    body,
    ...(signal === undefined ? {} : { signal }),
  });
  return judge(answer, report, now);
}
