/** Whose certificate is accepted, and ours shown to servers, directly and through a proxy. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { client, text } from "./client.ts";
import { closeServers, serve, serveProxy, serveTls } from "./servers.ts";

afterEach(closeServers);

const pem = (name: string): string =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");

describe("TLS", () => {
  const ca = pem("ca.pem");
  const server = { key: pem("server.key"), cert: pem("server.pem") };
  const secure = () => serveTls(server, (_, response) => response.end("secure"));

  test("of an unknown authority is refused", async () => {
    const request = client().request({ method: "GET", url: await secure() });
    await expect(request).rejects.toMatchObject({ code: "transfer.tls" });
  });

  test("of a configured authority is accepted", async () => {
    expect(await text(client({ tls: { ca } }), await secure())).toBe("secure");
  });

  test("of a certificate for another address is refused", async () => {
    const url = await secure();
    const http = client({ tls: { ca }, proxyEnv: { HTTPS_PROXY: (await serveProxy(url)).url } });
    const request = http.request({ method: "GET", url: "https://updates.example/" });
    await expect(request).rejects.toMatchObject({ code: "transfer.tls" });
  });

  test("to a server without TLS is refused", async () => {
    const url = (await serve((_, response) => response.end())).replace("http:", "https:");
    const request = client().request({ method: "GET", url });
    await expect(request).rejects.toMatchObject({ code: "transfer.tls" });
  });

  test("with a client certificate, through a proxy", async () => {
    const url = await serveTls({ ...server, ca, requestCert: true }, (request, response) => {
      const { socket } = request;
      response.end("authorized" in socket && socket.authorized === true ? "known" : "unknown");
    });
    const { url: proxyUrl, asked } = await serveProxy();
    const tls = { ca, cert: pem("client.pem"), key: pem("client.key") };
    const http = client({ tls, proxyEnv: { HTTPS_PROXY: proxyUrl } });
    expect(await text(http, url)).toBe("known");
    expect(asked).toEqual([`CONNECT ${new URL(url).host}`]);
  });
});
