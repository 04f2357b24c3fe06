/** The way to a server, step by step, against real servers and proxies. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { probe } from "../../../host/probe/probe.ts";
import { closeServers, onClose, serve, serveProxy, serveTcp, serveTls } from "./servers.ts";

afterEach(closeServers);

const pem = (name: string): string =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
const ca = pem("ca.pem");
const secure = () =>
  serveTls({ key: pem("server.key"), cert: pem("server.pem") }, (_, response) => response.end());

const patient = () => AbortSignal.timeout(20_000);

/** A port at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A proxy that refuses every tunnel with a status. */
async function refusingProxy(status: string): Promise<{ url: URL; fields: string[] }> {
  const fields: string[] = [];
  const server = createServer();
  server.on("connect", (request, socket) => {
    fields.push(request.headers["proxy-authorization"] ?? "none");
    socket.end(`HTTP/1.1 ${status}\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onClose(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: new URL(`http://us%40er:pa%20ss@127.0.0.1:${address.port}`), fields };
}

describe("a probe", () => {
  test("comes to a server by http, and sends it nothing", async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    expect(await probe({ url, signal: patient() })).toEqual({ ok: true, address: "127.0.0.1" });
    expect(requests).toBe(0);
  });

  test("tells the certificate, and that a configured authority vouches for it", async () => {
    const result = await probe({ url: await secure(), ca, signal: patient() });
    expect(result).toMatchObject({
      ok: true,
      certificate: { privateAuthority: true, issuer: expect.any(String) },
    });
  });

  test("tells the certificate of an unknown authority too", async () => {
    expect(await probe({ url: await secure(), signal: patient() })).toMatchObject({
      ok: false,
      step: "tls",
      error: { code: "transfer.tls" },
      certificate: { privateAuthority: false },
    });
  });

  test("fails at TLS where the server speaks none", async () => {
    const url = (await serve((_, response) => response.end())).replace("http:", "https:");
    const result = await probe({ url, signal: patient() });
    expect(result).toMatchObject({ ok: false, step: "tls", error: { code: "transfer.tls" } });
  });

  test("fails at the name, and at the connection", async () => {
    const unknown = await probe({ url: "https://nobody.invalid/", signal: patient() });
    expect(unknown).toMatchObject({ ok: false, step: "name" });
    const url = `https://127.0.0.1:${await closedPort()}/`;
    expect(await probe({ url, signal: patient() })).toMatchObject({
      ok: false,
      step: "connection",
      error: { code: "transfer.unreachable" },
    });
  });

  test("goes through a proxy's tunnel", async () => {
    const { url, asked } = await serveProxy();
    const target = { url: await secure(), ca, proxy: new URL(url), signal: patient() };
    expect(await probe(target)).toMatchObject({
      ok: true,
      certificate: { privateAuthority: true },
    });
    expect(asked).toEqual([`CONNECT ${new URL(target.url).host}`]);
  });

  test("fails at a proxy that wants other credentials, and does not tell ours", async () => {
    const { url: proxy, fields } = await refusingProxy("407 Proxy Authentication Required");
    const result = await probe({ url: "https://updates.example/", proxy, signal: patient() });
    expect(result).toMatchObject({ ok: false, step: "proxy" });
    expect(fields).toEqual([`Basic ${Buffer.from("us@er:pa ss").toString("base64")}`]);
    const told = result.ok ? "" : result.error.message;
    expect(told).toContain("demands other credentials (407)");
    expect(told).not.toMatch(/pa.*ss@/);
  });

  test("fails at a proxy that forbids the server, hangs up, or is none", async () => {
    const { url: forbidding } = await refusingProxy("403 Forbidden");
    const hangingUp = new URL(await serveTcp((socket) => socket.end()));
    const other = new URL(await serveTcp((socket) => socket.end("hello\r\n\r\n")));
    for (const proxy of [forbidding, hangingUp, other]) {
      const result = await probe({ url: "https://updates.example/", proxy, signal: patient() });
      expect(result).toMatchObject({ ok: false, step: "proxy" });
    }
  });

  test("ends in time where a server is silent", async () => {
    const url = (await serveTcp(() => undefined)).replace("http:", "https:");
    const result = await probe({ url, signal: AbortSignal.timeout(300) });
    expect(result).toMatchObject({ ok: false, step: "tls", error: { code: "transfer.timeout" } });
  });
});
