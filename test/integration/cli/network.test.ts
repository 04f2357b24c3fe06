/** Networks as they are: licensed data, proxies with passwords, IPv6, pages in place of files. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { proxyEnvOf, repositoryHttp } from "../../../agent/cli/network.ts";
import type { MirrorCredentials, TransferConfig } from "../../../agent/config/types.ts";
import { plainMirrors } from "../../../agent/transfer/mirrors.ts";
import { createRepository } from "../../../agent/transfer/repository.ts";
import { systemClock } from "../../../host/clock.ts";
import { removeTree } from "../../../host/durable.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { createHttp, type HttpClient } from "../../../host/http.ts";
import { silentLog } from "../../../host/log.ts";
import { type MisbehavingServer, misbehavingServer } from "../../testkit/misbehaving-server.ts";
import { closeServers, serveTls } from "../host/servers.ts";

const path = "metadata/timestamp.json";
const files = new Map([[path, Buffer.from("{}")]]);

let dir: string;
let first: MisbehavingServer;
let second: MisbehavingServer;
const open: { close(): void }[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-network-"));
  first = await misbehavingServer(files);
  second = await misbehavingServer(files);
});
afterEach(async () => {
  for (const thing of open.splice(0)) thing.close();
  closeServers();
  await first.close();
  await second.close();
  await removeTree(nodeFileSystem, dir);
});

const pem = (name: string): string =>
  readFileSync(new URL(`../host/fixtures/${name}`, import.meta.url), "utf8");

function secret(name: string, text: string): string {
  const file = join(dir, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

async function client(
  credentials: Readonly<Record<string, MirrorCredentials>>,
  proxy: TransferConfig["proxy"] = "none",
  ca?: string,
): Promise<HttpClient> {
  const transfer = { connectMs: 10_000, idleMs: 10_000, minRate: 0, proxy, ...(ca && { ca }) };
  const byOrigin = new Map(Object.entries(credentials));
  const repository = {
    urls: [],
    relays: [],
    originWithinMs: 0,
    root: "",
    plain: false,
    credentials: byOrigin,
  };
  const http = await repositoryHttp(nodeFileSystem, { transfer, repository }, "test", {});
  open.push(http);
  return http;
}

async function fetchFrom(http: HttpClient, ...servers: readonly MisbehavingServer[]) {
  const clock = { ...systemClock, sleep: async () => undefined };
  const urls = servers.map(({ url }) => url);
  const repository = createRepository(http, plainMirrors(urls), {
    clock,
    random: () => 0,
    log: silentLog,
  });
  return repository.metadata.get(path, { maxBytes: 1000 });
}

const originOf = ({ url }: MisbehavingServer): string => new URL(url).origin;
const authorizations = ({ headers }: MisbehavingServer) =>
  headers.map(({ authorization }) => authorization);

describe("credentials of a mirror", () => {
  test("a name and a password go to it, and to no other mirror", async () => {
    const passwordFile = secret("password", "pässword: with a colon\n");
    const http = await client({ [originOf(first)]: { basic: { user: "licensee", passwordFile } } });
    first.misbehave(path, { kind: "status", status: 503 }, 1);
    expect((await fetchFrom(http, first, second)).status).toBe("ok");
    const pair = Buffer.from("licensee:pässword: with a colon").toString("base64");
    expect(authorizations(first)).toEqual([`Basic ${pair}`]);
    expect(authorizations(second)).toEqual([undefined]);
  });

  test("a token goes to it, and not with a redirect away from it", async () => {
    const tokenFile = secret("token", "abc.def\n");
    const http = await client({ [originOf(first)]: { tokenFile } });
    first.misbehave(path, { kind: "redirect", location: `${second.url}${path}` });
    await expect(fetchFrom(http, first)).rejects.toMatchObject({ code: "transfer.redirect" });
    expect(authorizations(first)).toEqual(["Bearer abc.def"]);
    expect(second.requests).toEqual([]);
  });

  test("a client certificate is shown to it", async () => {
    const url = await serveTls(
      {
        key: pem("server.key"),
        cert: pem("server.pem"),
        ca: pem("ca.pem"),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (_, response) => response.end("licensed"),
    );
    const ca = secret("ca.pem", pem("ca.pem"));
    const [certFile, keyFile] = [
      secret("client.pem", pem("client.pem")),
      secret("client.key", pem("client.key")),
    ];
    const get = async (http: HttpClient) => (await http.request({ method: "GET", url })).status;
    expect(
      await get(await client({ [url]: { certificate: { certFile, keyFile } } }, "none", ca)),
    ).toBe(200);
    await expect(get(await client({}, "none", ca))).rejects.toMatchObject({
      code: expect.stringMatching(/^transfer\./),
    });
  });

  test.each([
    ["is missing", undefined],
    ["is empty", "\n"],
    ["has several lines", "a\nb\n"],
    ["is no secret", "x".repeat(5000)],
  ])(
    "a file that %s is an error of the configuration that shows nothing of it",
    async (_, text) => {
      const tokenFile = text === undefined ? join(dir, "none") : secret("token", text);
      const made = client({ [originOf(first)]: { tokenFile } });
      await expect(made).rejects.toMatchObject({
        code: "secret.unavailable",
        message: expect.stringContaining(tokenFile),
      });
    },
  );
});

/** A proxy that demands a name and a password; notes what it was asked. */
async function strictProxy(): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const allowed = ({ headers }: IncomingMessage): boolean =>
    headers["proxy-authorization"] === `Basic ${Buffer.from("me:p@ss/word").toString("base64")}`;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (!allowed(request)) response.writeHead(407).end();
    else response.end("{}");
  });
  server.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    if (!allowed(request)) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const upstream = connect(Number(new URL(`http://${request.url}`).port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  open.push({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

describe("a proxy of the configuration", () => {
  test("is used with its name and password", async () => {
    const proxy = await strictProxy();
    const basic = { user: "me", passwordFile: secret("password", "p@ss/word") };
    const http = await client({}, { url: proxy.url, basic, except: [] });
    expect((await fetchFrom(http, first)).status).toBe("ok");
    expect(proxy.asked).not.toEqual([]);
  });

  test("is not used for the hosts that are excepted", async () => {
    const proxy = await strictProxy();
    const http = await client({}, { url: proxy.url, except: ["127.0.0.1"] });
    expect((await fetchFrom(http, first)).status).toBe("ok");
    expect([proxy.asked, first.requests]).toEqual([[], [path]]);
  });

  test("none means none, whatever the environment says", async () => {
    expect(await proxyEnvOf(nodeFileSystem, "none", { HTTP_PROXY: "http://x/" })).toBeUndefined();
    const env = { HTTP_PROXY: "http://x/" };
    expect(await proxyEnvOf(nodeFileSystem, "env", env)).toBe(env);
  });
});

describe("a page of a captive portal in place of metadata", () => {
  const page = Buffer.from("\n<!DOCTYPE html><html><body>Log in to the hotel</body></html>");

  test("is told as such, and another mirror is asked", async () => {
    const http = await client({});
    first.misbehave(path, { kind: "instead", bytes: page });
    await expect(fetchFrom(http, first)).rejects.toMatchObject({
      code: "transfer.portal",
      message: expect.stringContaining("looks like a page of a captive portal"),
    });
    expect((await fetchFrom(http, first, second)).status).toBe("ok");
  });

  test("so is the status that says it (RFC 6585)", async () => {
    const http = await client({});
    first.misbehave(path, { kind: "status", status: 511 });
    await expect(fetchFrom(http, first)).rejects.toMatchObject({ code: "transfer.portal" });
  });
});

test("an IPv6 literal is an address like any other", async () => {
  const server = createServer((_, response) => response.end("six"));
  const listening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false)).listen(0, "::1", () => resolve(true));
  });
  open.push(server);
  const address = server.address();
  const port = address === null || typeof address === "string" ? 1 : address.port;
  const http = createHttp({
    userAgent: "test",
    timeouts: { connectMs: 10_000, idleMs: 10_000 },
    redirects: "same-origin",
  });
  open.push(http);
  const request = http.request({ method: "GET", url: `http://[::1]:${port}/` });
  // A machine without IPv6 says so; nothing else may happen.
  if (listening) expect((await request).status).toBe(200);
  else await expect(request).rejects.toMatchObject({ code: "transfer.unreachable" });
});
