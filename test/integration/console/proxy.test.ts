import { createServer, request as httpRequest, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startConsole } from "../../../console/serve.ts";
import { systemClock } from "../../../host/clock.ts";
import { silentLog } from "../../../host/log.ts";
import { reportPath } from "../../../protocol/report/identity.ts";
import { expectProblem } from "../../testkit/console-answers.ts";
import {
  enrol,
  makeEndpoint,
  put,
  sampleReport,
  startTestConsole,
  type TestConsole,
} from "../../testkit/console-fixture.ts";

const publicUrl = "https://console.example.com";
let owner: TestConsole;
let proxy: Server;
let origin: string;
let close: () => Promise<void>;

/** A proxy that changes the Host, as many do, and names its client. */
function startProxy(port: number): Promise<{ server: Server; origin: string }> {
  const server = createServer((incoming, outgoing) => {
    const { method, url } = incoming;
    const headers = {
      ...incoming.headers,
      host: "backend",
      "x-forwarded-for": `198.51.100.1, ${String(incoming.headers["x-client"] ?? "203.0.113.7")}`,
    };
    const onward = httpRequest(
      { port, host: "127.0.0.1", method, path: url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const own = typeof address === "object" && address !== null ? address.port : 0;
      resolve({ server, origin: `http://127.0.0.1:${own}` });
    });
  });
}

beforeAll(async () => {
  // Only its folder and its tokens are used: the console under test shares the database with it.
  owner = await startTestConsole();
  // The port is not told when a public URL is; so one that was free a moment ago is asked for.
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", () => resolve()));
  const address = probe.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  const running = await startConsole({
    dataDir: owner.dataDir,
    listen: { host: "127.0.0.1", port },
    publicUrl,
    behindProxy: true,
    web: undefined,
    // Stands still for the limit: however slow the machine is, no attempt is regained.
    clock: { ...systemClock, monotonicMs: () => 0 },
    log: silentLog,
  });
  expect(running.url).toBe(`${publicUrl}/`);
  close = () => running.close();
  ({ server: proxy, origin } = await startProxy(port));
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await close();
  await owner[Symbol.asyncDispose]();
});

describe("behind a proxy that changes the Host", () => {
  test("an agent enrols for the public address, and for no other", async () => {
    const token = await owner.token();
    const endpoint = makeEndpoint("proxied");
    await expectProblem(await enrol(origin, endpoint, { token }), 403, "enrol-refused");
    expect((await enrol(origin, endpoint, { token, origin: publicUrl })).status).toBe(201);
  });

  test("a report is signed for the public authority, and for no other", async () => {
    const endpoint = makeEndpoint("proxied");
    const report = sampleReport(endpoint, 1);
    const path = reportPath(endpoint.id, report.boot, report.seq);
    await expectProblem(await put(origin, endpoint, report), 401);
    const backend = { signedUrl: `http://backend${path}` };
    await expectProblem(await put(origin, endpoint, report, backend), 401);
    const right = await put(origin, endpoint, report, { signedUrl: `${publicUrl}${path}` });
    expect(right.status).toBe(200);
  });

  test("attempts are counted for each client that the proxy names, not for the proxy", async () => {
    const ask = (client: string): Promise<Response> =>
      fetch(`${origin}/v1/enrolments/challenge`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-client": client },
        body: "{}",
      });
    const answers = await Promise.all(Array.from({ length: 140 }, () => ask("203.0.113.8")));
    expect(answers.some(({ status }) => status === 429)).toBe(true);
    expect((await ask("203.0.113.9")).status).toBe(200);
  });
});
