import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentOf, enrolled, expectProblem, post } from "../../testkit/console-answers.ts";
import {
  challenge,
  enrol,
  makeEndpoint,
  put,
  sampleReport,
  startTestConsole,
  type TestConsole,
} from "../../testkit/console-fixture.ts";

let watched: TestConsole;
beforeAll(async () => {
  watched = await startTestConsole();
});
afterAll(async () => {
  await watched[Symbol.asyncDispose]();
});

describe("enrolment", () => {
  test("a token enrols one agent, which is listed and not seen yet", async () => {
    const endpoint = await enrolled(watched, "first");
    expect(await agentOf(watched, endpoint)).toMatchObject({ id: endpoint.id, state: "never" });
  });

  test("a token that was used enrols nobody else", async () => {
    const token = await watched.token();
    expect((await enrol(watched.origin(), makeEndpoint("one"), { token })).status).toBe(201);
    const second = await enrol(watched.origin(), makeEndpoint("two"), { token });
    await expectProblem(second, 403, "token-used");
    expect((await fetch(`${watched.origin()}/v1/agents/${makeEndpoint("two").id}`)).status).toBe(
      404,
    );
  });

  test("the same key may spend the same token again: its first answer may be lost", async () => {
    const token = await watched.token();
    const endpoint = makeEndpoint("lost-answer");
    expect((await enrol(watched.origin(), endpoint, { token })).status).toBe(201);
    expect((await enrol(watched.origin(), endpoint, { token })).status).toBe(200);
  });

  test("a live key is never overwritten, and the new token is not spent on it", async () => {
    const endpoint = await enrolled(watched, "live");
    const token = await watched.token();
    await expectProblem(
      await enrol(watched.origin(), endpoint, { token }),
      409,
      "already-enrolled",
    );
    expect((await enrol(watched.origin(), makeEndpoint("other"), { token })).status).toBe(201);
  });

  test("an expired or unknown token is refused", async () => {
    const expired = await watched.token(-1);
    const endpoint = makeEndpoint("expired");
    await expectProblem(
      await enrol(watched.origin(), endpoint, { token: expired }),
      403,
      "token-expired",
    );
    const unknown = `vst_${"A".repeat(43)}`;
    await expectProblem(
      await enrol(watched.origin(), endpoint, { token: unknown }),
      403,
      "token-unknown",
    );
  });

  test("a proof for another console's origin is refused", async () => {
    const token = await watched.token();
    const wrong = await enrol(watched.origin(), makeEndpoint("origin"), {
      token,
      origin: "https://evil.example.com",
    });
    await expectProblem(wrong, 403, "enrol-refused");
  });

  test("a nonce of another console, or one that is too old, is refused", async () => {
    const token = await watched.token();
    const other = await startTestConsole();
    const foreign = await challenge(other.origin());
    await other[Symbol.asyncDispose]();
    const endpoint = makeEndpoint("nonce");
    await expectProblem(await enrol(watched.origin(), endpoint, { token, nonce: foreign }), 403);
  });

  test("a proof by another key is refused", async () => {
    const token = await watched.token();
    const thief = { ...makeEndpoint("thief"), publicKey: makeEndpoint("victim").publicKey };
    await expectProblem(await enrol(watched.origin(), thief, { token }), 403, "enrol-refused");
  });

  test("a body that is no enrolment is refused", async () => {
    await expectProblem(await post(watched, "/v1/enrolments", "{"), 400);
    await expectProblem(await post(watched, "/v1/enrolments", "[]"), 400);
    await expectProblem(await post(watched, "/v1/enrolments", "x".repeat(8_193)), 413);
    await expectProblem(
      await post(watched, "/v1/enrolments", "{}", { "content-type": "text/plain" }),
      415,
    );
  });
});

describe("the limit on enrolment", () => {
  test("asks to wait, with Retry-After, and spares reports", async () => {
    const endpoint = await enrolled(watched, "patient");
    const answers = await Promise.all(
      Array.from({ length: 150 }, () => post(watched, "/v1/enrolments/challenge", "{}")),
    );
    const limited = answers.find(({ status }) => status === 429);
    expect(Number(limited?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await put(watched.origin(), endpoint, sampleReport(endpoint, 1))).status).toBe(200);
    watched.clock.advance(60_000);
    expect((await post(watched, "/v1/enrolments/challenge", "{}")).status).toBe(200);
    watched.clock.advance(-60_000);
  });

  test("a challenge is good for five minutes only", async () => {
    const token = await watched.token();
    const nonce = await challenge(watched.origin());
    watched.clock.advance(301_000);
    const response = await enrol(watched.origin(), makeEndpoint("slow"), { token, nonce });
    await expectProblem(response, 403, "enrol-refused");
    watched.clock.advance(-301_000);
  });
});
