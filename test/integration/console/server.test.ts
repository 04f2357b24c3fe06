import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { own } from "../../../protocol/json.ts";
import { enrolled, expectProblem, json } from "../../testkit/console-answers.ts";
import { startTestConsole, type TestConsole } from "../../testkit/console-fixture.ts";

let watched: TestConsole;
beforeAll(async () => {
  watched = await startTestConsole();
});
afterAll(async () => {
  await watched[Symbol.asyncDispose]();
});

describe("the fleet", () => {
  test("is listed in pages that join without a gap", async () => {
    const all = await json(await fetch(`${watched.origin()}/v1/agents`));
    const ids: unknown[] = [];
    let after = "";
    for (;;) {
      const page = await json(await fetch(`${watched.origin()}/v1/agents?limit=3&after=${after}`));
      const agents = own(page, "agents");
      if (!Array.isArray(agents)) throw new Error("no agents");
      ids.push(...agents.map((agent) => agent.id));
      const next = own(page, "next");
      if (typeof next !== "string") break;
      after = next;
    }
    expect(ids).toHaveLength(Number(all["total"]));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("is not sent again while it is unchanged", async () => {
    const first = await fetch(`${watched.origin()}/v1/agents`);
    const tag = first.headers.get("etag") ?? "";
    const again = await fetch(`${watched.origin()}/v1/agents`, {
      headers: { "if-none-match": tag },
    });
    expect(again.status).toBe(304);
    await enrolled(watched, "a change");
    const changed = await fetch(`${watched.origin()}/v1/agents`, {
      headers: { "if-none-match": tag },
    });
    expect(changed.status).toBe(200);
  });

  test.each(["limit=0", "limit=1001", "limit=x", "after=x", "limit=1&limit=2", "colour=red"])(
    "asked for with %s is a bad request",
    async (query) => expectProblem(await fetch(`${watched.origin()}/v1/agents?${query}`), 400),
  );

  test("tells of an agent that there is none", async () => {
    await expectProblem(await fetch(`${watched.origin()}/v1/agents/${"0".repeat(32)}`), 404);
    await expectProblem(await fetch(`${watched.origin()}/v1/agents/constructor`), 404);
  });
});

describe("the server", () => {
  test("is healthy", async () => {
    expect(await json(await fetch(`${watched.origin()}/healthz`))).toEqual({ status: "ok" });
  });

  test("sends security headers with every answer, errors too", async () => {
    for (const path of ["/v1/agents", "/nowhere"]) {
      const { headers } = await fetch(`${watched.origin()}${path}`);
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("content-security-policy")).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
    }
  });

  test("has a problem document for what it does not know", async () => {
    await expectProblem(await fetch(`${watched.origin()}/nowhere`), 404);
    await expectProblem(await fetch(`${watched.origin()}/v1/agents`, { method: "DELETE" }), 404);
    await expectProblem(await fetch(`${watched.origin()}/%zz`), 400);
  });

  test("does not answer to a foreign Host, as a page elsewhere would send it", async () => {
    const { port } = new URL(watched.origin());
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: "evil.example.com" };
      httpRequest({ port, host: "127.0.0.1", path: "/v1/agents", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(421);
  });

  test.each([
    ["no HTTP at all", "hello\r\n\r\n", "400"],
    ["17 KiB of header", `GET / HTTP/1.1\r\nx: ${"y".repeat(17_000)}\r\n\r\n`, "431"],
  ])("answers %s with a problem and closes", async (_what, text, status) => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(watched.origin()).port), "127.0.0.1", () =>
        socket.write(text),
      );
      let all = "";
      socket.on("data", (data) => void (all += data.toString()));
      socket.on("end", () => resolve(all));
      socket.on("error", reject);
    });
    expect(answer).toContain(`HTTP/1.1 ${status}`);
    expect(answer).toContain("application/problem+json");
  });
});
