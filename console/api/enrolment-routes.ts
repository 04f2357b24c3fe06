/** `POST /v1/enrolments/challenge` and `POST /v1/enrolments`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { VouchsafeError } from "../../protocol/errors.ts";
import { parseEnrolment, verifyEnrolment } from "../../protocol/report/enrolment.ts";
import { reportLimits } from "../../protocol/report/limits.ts";
import { type EnrolmentResult, enrolAgent } from "../store/enrolments.ts";
import { challengeKey } from "../store/open-store.ts";
import { challengeSeconds, isLiveChallenge, makeChallenge } from "./challenge.ts";
import { type ApiContext, bodyOf } from "./context.ts";
import { sendProblem, titleOf } from "./problems.ts";
import { makeRateLimit } from "./rate-limit.ts";

const limit = { burst: 100, perSecond: 10, addresses: 4_096 };

const refusals = {
  "token-unknown": "The token is not one of this console's.",
  "token-used": "The token has been used; one token enrols one agent once.",
  "token-expired": "The token has expired.",
  "token-revoked": "The token was revoked.",
} as const satisfies Partial<Record<EnrolmentResult, string>>;

/** Adds the routes; `key` authenticates the challenges. */
export async function addEnrolmentRoutes(app: FastifyInstance, context: ApiContext): Promise<void> {
  const { store, clock, random, log, site } = context;
  const key = await challengeKey(store);
  const takeAttempt = makeRateLimit(clock, limit);

  const throttle = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const wait = takeAttempt(request.ip);
    if (wait === 0) return;
    const headers = { "retry-after": String(wait) };
    await sendProblem(reply, { status: 429, title: titleOf(429), headers });
  };
  const options = { bodyLimit: reportLimits.enrolmentBytes, onRequest: throttle };

  app.post("/v1/enrolments/challenge", options, async () => ({
    format: 1,
    nonce: makeChallenge(key, random(16), clock.now()),
    expiresInSeconds: challengeSeconds,
  }));

  app.post("/v1/enrolments", options, async (request, reply) => {
    const enrolment = parseEnrolment(bodyOf(request));
    const now = clock.now();
    if (!site().origins.has(enrolment.origin)) {
      throw new VouchsafeError("enrol.refused", "The enrolment is for another console's address.");
    }
    if (!isLiveChallenge(key, enrolment.nonce, now)) {
      throw new VouchsafeError("enrol.refused", "The challenge is not this console's, or too old.");
    }
    const agent = verifyEnrolment(enrolment);
    const { publicKey, token } = enrolment;
    const result = await enrolAgent(store, { agent, publicKey, token, now });
    if (result === "already-enrolled") {
      const detail = "This key is enrolled already; nothing was overwritten.";
      return sendProblem(reply, { status: 409, name: result, title: titleOf(409), detail });
    }
    if (result !== "enrolled" && result !== "repeated") {
      return sendProblem(reply, {
        status: 403,
        name: result,
        title: titleOf(403),
        detail: refusals[result],
      });
    }
    if (result === "enrolled") log.info("agent enrolled", { agent });
    return reply.code(result === "enrolled" ? 201 : 200).send({ format: 1, agent });
  });
}
