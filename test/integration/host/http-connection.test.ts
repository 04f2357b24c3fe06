/** Servers that cannot be reached, signals, redirects and proxies. */
import { afterEach, describe, expect, test } from "vitest";
import { readBody } from "../../../host/http.ts";
import { client, text } from "./client.ts";
import { closeServers, serve, serveProxy, serveTcp } from "./servers.ts";

afterEach(closeServers);

const redirecting = (location: string) =>
  serve((request, response) => {
    if (request.url === "/repo/new") response.end("arrived");
    else response.writeHead(302, { location }).end();
  });

describe("a server", () => {
  test("that is not there is unreachable", async () => {
    const url = await serveTcp(() => undefined);
    closeServers();
    const request = client().request({ method: "GET", url });
    await expect(request).rejects.toMatchObject({ code: "transfer.unreachable" });
  });

  test("whose name does not exist is unreachable", async () => {
    const request = client().request({ method: "GET", url: "http://no-such-host.invalid/" });
    await expect(request).rejects.toMatchObject({ code: expect.stringMatching(/^transfer/) });
  });

  test("that never answers is a timeout", async () => {
    const url = await serveTcp(() => undefined);
    const request = client().request({ method: "GET", url });
    await expect(request).rejects.toMatchObject({ code: "transfer.timeout" });
  });

  test("that hangs up without an answer is unreachable", async () => {
    const url = await serveTcp((socket) => socket.destroy());
    const request = client().request({ method: "GET", url });
    await expect(request).rejects.toMatchObject({ code: "transfer.unreachable" });
  });

  test("that speaks something else is unreachable, in words", async () => {
    const url = await serveTcp((socket) => socket.end("220 smtp ready\r\n"));
    const request = client().request({ method: "GET", url });
    await expect(request).rejects.toMatchObject({
      code: "transfer.unreachable",
      message: `The server of ${url} does not speak HTTP.`,
    });
  });

  test("is asked once: nothing is retried", async () => {
    let count = 0;
    const url = await serve((request) => {
      count += 1;
      request.socket.destroy();
    });
    await expect(client().request({ method: "GET", url })).rejects.toThrow();
    expect(count).toBe(1);
  });

  test("whose address is not plain http(s), or holds a password, is not asked", async () => {
    for (const url of ["ftp://x/", "file:///etc/passwd", "http://u:p@x/", "nonsense"]) {
      const request = client().request({ method: "GET", url });
      await expect(request).rejects.toMatchObject({ code: "usage.input" });
    }
  });
});

describe("a signal", () => {
  test("ends a request that waits for its answer, with the signal's reason", async () => {
    const url = await serveTcp(() => undefined);
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 50);
    const request = client().request({ method: "GET", url, signal: controller.signal });
    await expect(request).rejects.toBe(reason);
  });

  test("ends a body", async () => {
    const url = await serve((_, response) => void response.write("begin"));
    const controller = new AbortController();
    const reason = new Error("enough");
    const response = await client().request({ method: "GET", url, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(readBody(response, 1000)).rejects.toBe(reason);
  });
});

describe("a redirect", () => {
  test("is refused where none is allowed", async () => {
    const url = await redirecting("/repo/new");
    const request = client().request({ method: "GET", url: `${url}/repo/old` });
    await expect(request).rejects.toMatchObject({ code: "transfer.redirect" });
  });

  test("within the base is followed", async () => {
    const url = await redirecting("/repo/new");
    const response = await client({ redirects: "same-origin" }).request({
      method: "GET",
      url: `${url}/repo/old`,
      base: `${url}/repo/`,
    });
    expect((await readBody(response, 100)).toString()).toBe("arrived");
    expect(response.url).toBe(`${url}/repo/new`);
  });

  test("in a circle ends", async () => {
    const url = await redirecting("/repo/old");
    const request = client({ redirects: "same-origin" }).request({
      method: "GET",
      url: `${url}/repo/old`,
    });
    await expect(request).rejects.toMatchObject({ code: "transfer.redirect" });
  });
});

describe("a proxy", () => {
  test("from the environment is used", async () => {
    const url = await serve((_, response) => response.end("direct"));
    const { url: proxyUrl, asked } = await serveProxy();
    const http = client({ proxyEnv: { HTTP_PROXY: proxyUrl } });
    expect(await text(http, `${url}/a`)).toBe("through the proxy");
    expect(asked).toEqual([`GET ${url}/a`]);
  });

  test("is passed by for what NO_PROXY names", async () => {
    const url = await serve((_, response) => response.end("direct"));
    const { url: proxyUrl, asked } = await serveProxy();
    const http = client({ proxyEnv: { HTTP_PROXY: proxyUrl, NO_PROXY: "127.0.0.1" } });
    expect(await text(http, url)).toBe("direct");
    expect(asked).toEqual([]);
  });

  test("that is silent is a timeout", async () => {
    const url = await serveTcp(() => undefined);
    const http = client({
      proxyEnv: { HTTPS_PROXY: url },
      timeouts: { connectMs: 100, idleMs: 100 },
    });
    const request = http.request({ method: "GET", url: "https://127.0.0.1:1/" });
    await expect(request).rejects.toMatchObject({ code: "transfer.timeout" });
  });
});
