/** The API as one Fastify instance: hardening first, then the routes. It does not listen itself. */
import type { RequestListener } from "node:http";
import Fastify, { type FastifyInstance } from "fastify";
import { reportLimits } from "../../protocol/report/limits.ts";
import type { ApiContext } from "./context.ts";
import { addEnrolmentRoutes } from "./enrolment-routes.ts";
import { addFleetRoutes } from "./fleet-routes.ts";
import { addPageRoutes, type WebFiles } from "./page-routes.ts";
import { problemOf, sendProblem, titleOf } from "./problems.ts";
import { addReportRoutes } from "./report-routes.ts";

/** What the API is made from. */
export interface AppOptions {
  readonly context: ApiContext;
  /** Undefined when this build has no page. */
  readonly web: WebFiles | undefined;
  /** Take the client's address from the nearest proxy. */
  readonly behindProxy: boolean;
  readonly tls: boolean;
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Refuses a Host that is not ours: a page elsewhere must not reach a console on loopback. */
function addHostCheck(app: FastifyInstance, { site }: ApiContext): void {
  app.addHook("onRequest", async (request, reply) => {
    const { hosts } = site();
    if (hosts === undefined || request.url === "/healthz") return;
    if (hosts.has((request.headers.host ?? "").toLowerCase())) return;
    const detail = "This console answers to another address.";
    await sendProblem(reply, { status: 421, title: titleOf(421), detail });
  });
}

/** The API, ready. */
export interface App {
  readonly handle: RequestListener;
  close(): Promise<void>;
}

/** Builds the API. */
export async function buildApp(options: AppOptions): Promise<App> {
  const { context, web, behindProxy, tls } = options;
  const app = Fastify({
    bodyLimit: reportLimits.reportBytes,
    // Only the peer itself is believed about whom it speaks for.
    trustProxy: behindProxy ? (_address, hop) => hop === 0 : false,
    // A path that cannot be decoded fails before any hook of ours.
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(reply.headers(securityHeaders), problemOf(error));
    },
    routerOptions: { maxParamLength: 64, ignoreTrailingSlash: false, caseSensitive: true },
  });
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(securityHeaders);
    if (tls) reply.header("strict-transport-security", "max-age=31536000");
  });
  addHostCheck(app, context);
  // Bodies stay bytes: a digest is over what was sent, not over what a parser made of it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, { status: 404, title: titleOf(404) }),
  );
  app.setErrorHandler<Error>((error, _request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) context.log.error("request failed", { error });
    return sendProblem(reply, problem);
  });
  await addEnrolmentRoutes(app, context);
  addReportRoutes(app, context);
  addFleetRoutes(app, context);
  if (web !== undefined) addPageRoutes(app, web);
  await app.ready();
  return {
    handle: (request, response) => app.routing(request, response),
    close: () => app.close(),
  };
}
