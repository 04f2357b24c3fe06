/** `PUT /v1/agents/{id}/reports/{boot}/{seq}`: one signed report, idempotent. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { isAgentId, isBootId, parseSeq } from "../../protocol/report/identity.ts";
import { reportLimits } from "../../protocol/report/limits.ts";
import type { SignableRequest } from "../../protocol/report/signature-base.ts";
import { reportTag, verifyRequest } from "../../protocol/report/signed-request.ts";
import { parseStatusReport } from "../../protocol/report/status-report.ts";
import { ingestReport, publicKeyOf } from "../store/reports.ts";
import { type ApiContext, bodyOf } from "./context.ts";
import { nextReportSeconds } from "./fleet-view.ts";
import { sendProblem, titleOf } from "./problems.ts";
import type { Site } from "./site.ts";

interface ReportRoute {
  readonly Params: { readonly id: string; readonly boot: string; readonly seq: string };
}

const signedFields = ["content-type", "content-digest", "signature-input", "signature"] as const;

/** The parts of a request that its signature covers, exactly as they were sent. */
function signable(request: FastifyRequest<ReportRoute>, site: Site): SignableRequest {
  const target = request.raw.url ?? "/";
  const mark = target.indexOf("?");
  const headers: Record<string, string> = {};
  for (const name of signedFields) {
    const value = request.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  return {
    method: request.method,
    authority: site.authority ?? (request.headers.host ?? "").toLowerCase(),
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? "?" : target.slice(mark),
    headers,
  };
}

/** Adds the route. */
export function addReportRoutes(app: FastifyInstance, context: ApiContext): void {
  const { store, clock, site } = context;
  const path = "/v1/agents/:id/reports/:boot/:seq";
  app.put<ReportRoute>(path, { bodyLimit: reportLimits.reportBytes }, async (request, reply) => {
    const { id, boot } = request.params;
    const seq = parseSeq(request.params.seq);
    if (!isAgentId(id) || !isBootId(boot) || seq === undefined) {
      return sendProblem(reply, { status: 404, title: titleOf(404) });
    }
    const publicKey = await publicKeyOf(store, id);
    if (publicKey === undefined) {
      throw new VouchsafeError("report.refused", "No agent with this id is enrolled here.");
    }
    const body = bodyOf(request);
    const now = clock.now();
    const { created } = verifyRequest(signable(request, site()), body, {
      tag: reportTag,
      now: Math.floor(now.getTime() / 1000),
      publicKey,
      keyid: id,
    });
    const report = parseStatusReport(body);
    if (report.agent !== id || report.boot !== boot || report.seq !== seq) {
      throw new VouchsafeError("usage.input", "The report is not the one that its address names.");
    }
    const digest = sha256(body);
    const result = await ingestReport(store, { report, digest, created, now });
    if (result === "conflict") {
      const detail = "Another report came under this number before.";
      return sendProblem(reply, {
        status: 409,
        name: "report-conflict",
        title: titleOf(409),
        detail,
      });
    }
    if (result === "unknown") {
      throw new VouchsafeError("report.refused", "No agent with this id is enrolled here.");
    }
    return reply.send({ format: 1, acknowledged: { boot, seq }, nextReportSeconds });
  });
}
