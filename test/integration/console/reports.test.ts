import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reportPath } from "../../../protocol/report/identity.ts";
import { agentOf, enrolled, expectProblem, json } from "../../testkit/console-answers.ts";
import {
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

describe("a report", () => {
  test("is acknowledged, and is what the fleet shows", async () => {
    const endpoint = await enrolled(watched, "reporter");
    const response = await put(watched.origin(), endpoint, sampleReport(endpoint, 1));
    expect(response.status).toBe(200);
    expect(await json(response)).toEqual({
      format: 1,
      acknowledged: { boot: endpoint.boot, seq: 1 },
      nextReportSeconds: 900,
    });
    const shown = await agentOf(watched, endpoint);
    expect(shown).toMatchObject({ state: "ok", hostname: "edge-01.example.com" });
  });

  test("again with the same body is 200, with another 409, and the first stays", async () => {
    const endpoint = await enrolled(watched, "twice");
    const report = sampleReport(endpoint, 1);
    expect((await put(watched.origin(), endpoint, report)).status).toBe(200);
    expect((await put(watched.origin(), endpoint, report)).status).toBe(200);
    const other = { ...report, lastResult: "failed" as const };
    await expectProblem(await put(watched.origin(), endpoint, other), 409, "report-conflict");
    expect((await agentOf(watched, endpoint))["lastResult"]).toBe("current");
  });

  test("that is replayed after a newer one changes nothing, not even when it was seen last", async () => {
    const endpoint = await enrolled(watched, "replayed");
    const old = sampleReport(endpoint, 1, { lastResult: "failed" });
    await put(watched.origin(), endpoint, old);
    await put(watched.origin(), endpoint, sampleReport(endpoint, 2));
    const before = await agentOf(watched, endpoint);
    expect((await put(watched.origin(), endpoint, old)).status).toBe(200);
    expect(await agentOf(watched, endpoint)).toEqual(before);
    expect(before["lastResult"]).toBe("current");
  });

  test("that comes late, after one with a higher number, is kept but not shown", async () => {
    const endpoint = await enrolled(watched, "reordered");
    await put(watched.origin(), endpoint, sampleReport(endpoint, 2, { lastResult: "updated" }));
    const late = await put(watched.origin(), endpoint, sampleReport(endpoint, 1));
    expect(late.status).toBe(200);
    expect((await agentOf(watched, endpoint))["lastResult"]).toBe("updated");
  });

  test("brings its events once, however often they come", async () => {
    const endpoint = await enrolled(watched, "events");
    const event = {
      id: "e".repeat(32),
      at: "2026-11-24T09:00:00Z",
      kind: "installed",
      message: "daily 3",
    } as const;
    await put(watched.origin(), endpoint, sampleReport(endpoint, 1, { events: [event] }));
    await put(watched.origin(), endpoint, sampleReport(endpoint, 2, { events: [event] }));
    expect((await agentOf(watched, endpoint))["events"]).toEqual([event]);
  });

  test("of an agent that is not enrolled is refused", async () => {
    const stranger = makeEndpoint("stranger");
    await expectProblem(await put(watched.origin(), stranger, sampleReport(stranger, 1)), 401);
  });

  test("signed by another agent's key is refused", async () => {
    const victim = await enrolled(watched, "victim-2");
    const attacker = { ...victim, seed: (await enrolled(watched, "attacker")).seed };
    await expectProblem(await put(watched.origin(), attacker, sampleReport(victim, 1)), 401);
  });

  test("unsigned is refused and told so", async () => {
    const endpoint = await enrolled(watched, "unsigned");
    const response = await fetch(
      `${watched.origin()}${reportPath(endpoint.id, endpoint.boot, 1)}`,
      { method: "PUT", headers: { "content-type": "application/json" }, body: "{}" },
    );
    expect(response.headers.get("www-authenticate")).toBe("Signature");
    await expectProblem(response, 401, "report-refused");
  });

  test("is refused when any signed part was changed on its way", async () => {
    const endpoint = await enrolled(watched, "tampered");
    const origin = watched.origin();
    const report = sampleReport(endpoint, 1);
    const tampered = [
      { signedUrl: `http://localhost.example.com${reportPath(endpoint.id, report.boot, 1)}` },
      { signedUrl: `${origin}${reportPath(endpoint.id, report.boot, 2)}` },
      { url: `${origin}${reportPath(endpoint.id, report.boot, 1)}?x=1` },
      { body: JSON.stringify({ ...report, lastResult: "updated" }) },
      { headers: { "content-digest": "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:" } },
      { headers: { "content-type": "application/json; charset=utf-8" } },
      { tag: "vouchsafe-other" },
      { keyid: "f".repeat(32) },
    ];
    for (const bend of tampered) {
      await expectProblem(await put(origin, endpoint, report, bend), 401, "report-refused");
    }
    expect((await agentOf(watched, endpoint))["state"]).toBe("never");
  });

  test("is refused when it was signed more than five minutes ago or ahead", async () => {
    const endpoint = await enrolled(watched, "skewed");
    const now = Math.floor(Date.now() / 1000);
    for (const created of [now - 310, now + 310]) {
      await expectProblem(
        await put(watched.origin(), endpoint, sampleReport(endpoint, 1), { created }),
        401,
      );
    }
    const near = await put(watched.origin(), endpoint, sampleReport(endpoint, 1), {
      created: now - 200,
    });
    expect(near.status).toBe(200);
  });

  test("must be the one that its address names", async () => {
    const endpoint = await enrolled(watched, "misnamed");
    const report = sampleReport(endpoint, 1, { agent: makeEndpoint("else").id });
    await expectProblem(await put(watched.origin(), endpoint, report), 400);
  });

  test("that is signed but malformed is refused, and nothing is kept", async () => {
    const endpoint = await enrolled(watched, "malformed");
    const report = sampleReport(endpoint, 1, { sentAt: "yesterday" });
    await expectProblem(await put(watched.origin(), endpoint, report), 400, "usage-input");
    expect((await put(watched.origin(), endpoint, sampleReport(endpoint, 1))).status).toBe(200);
  });

  test("larger than 256 KiB is refused", async () => {
    const endpoint = await enrolled(watched, "large");
    const body = `{"pad":"${"x".repeat(262_144)}"}`;
    await expectProblem(
      await put(watched.origin(), endpoint, sampleReport(endpoint, 1), { body }),
      413,
    );
  });

  test.each([
    "reports/x/1",
    `reports/${"b".repeat(32)}/0`,
    `reports/${"b".repeat(32)}/1/2`,
    "reports",
  ])("at a malformed address (%s) is not found", async (path) => {
    const { id } = makeEndpoint("first");
    const url = `${watched.origin()}/v1/agents/${id}/${path}`;
    const headers = { "content-type": "application/json" };
    await expectProblem(await fetch(url, { method: "PUT", headers, body: "{}" }), 404);
  });
});
