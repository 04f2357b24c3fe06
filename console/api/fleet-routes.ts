/** `GET /v1/agents`, `GET /v1/agents/{id}` and `GET /healthz`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { isAgentId } from "../../protocol/report/identity.ts";
import { agentById, agentsAfter, countAgents, eventsOf, newestVersions } from "../store/fleet.ts";
import type { ApiContext } from "./context.ts";
import { viewAgent } from "./fleet-view.ts";
import { sendProblem, titleOf } from "./problems.ts";
import type { FleetView } from "./views.ts";

interface ListRoute {
  readonly Querystring: Readonly<Record<string, unknown>>;
}

interface AgentRoute {
  readonly Params: { readonly id: string };
}

const maxPage = 1_000;
const events = 50;

/** The page that a query asks for; throws `usage.input`. */
function pageOf(query: Readonly<Record<string, unknown>>): { limit: number; after: string } {
  const { limit = String(maxPage), after = "", ...rest } = query;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new VouchsafeError("usage.input", "The query knows only limit and after.");
  }
  if (typeof limit !== "string" || !/^[1-9]\d{0,3}$/.test(limit) || Number(limit) > maxPage) {
    throw new VouchsafeError("usage.input", `limit must be a number from 1 to ${maxPage}.`);
  }
  if (typeof after !== "string" || (after !== "" && !isAgentId(after))) {
    throw new VouchsafeError("usage.input", "after must be an agent id.");
  }
  return { limit: Number(limit), after };
}

/** Answers with JSON under an entity tag, or 304 when the reader has it already. */
export function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  body: string | Buffer,
  type: string,
): FastifyReply {
  const tag = `"${sha256(body).slice(0, 32)}"`;
  reply.headers({ etag: tag, "cache-control": "no-cache" });
  const known = (request.headers["if-none-match"] ?? "").slice(0, 2_048).split(",");
  const unchanged = known.some((value) => value.trim().replace(/^W\//, "") === tag);
  return unchanged ? reply.code(304).send() : reply.type(type).send(body);
}

/** Adds the routes. */
export function addFleetRoutes(app: FastifyInstance, { store, clock }: ApiContext): void {
  app.get("/healthz", async (_request, reply) => {
    await countAgents(store);
    return reply.header("cache-control", "no-store").send({ status: "ok" });
  });

  app.get<ListRoute>("/v1/agents", async (request, reply) => {
    const { limit, after } = pageOf(request.query);
    const newest = await newestVersions(store);
    const stored = await agentsAfter(store, after, limit + 1);
    const now = clock.now();
    const agents = stored.slice(0, limit).map((agent) => viewAgent(agent, newest, now));
    const next = stored.length > limit ? (agents.at(-1)?.id ?? null) : null;
    const document: FleetView = { format: 1, total: await countAgents(store), next, agents };
    return sendTagged(request, reply, JSON.stringify(document), "application/json");
  });

  app.get<AgentRoute>("/v1/agents/:id", async (request, reply) => {
    const { id } = request.params;
    const agent = isAgentId(id) ? await agentById(store, id) : undefined;
    if (agent === undefined || !isAgentId(id)) {
      return sendProblem(reply, { status: 404, title: titleOf(404) });
    }
    const view = viewAgent(agent, await newestVersions(store), clock.now());
    const document = { format: 1, ...view, events: await eventsOf(store, id, events) };
    return sendTagged(request, reply, JSON.stringify(document), "application/json");
  });
}
