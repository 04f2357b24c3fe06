/** The choice of a proxy must be the one that the runtime makes: its agents are asked. */
import { Agent, request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { chooseProxy } from "../../../host/http/proxy-choice.ts";
import { closeServers, serve, serveProxy } from "./servers.ts";

afterEach(closeServers);

/** What comes of a request that the runtime's own agent makes; names resolve to this machine. */
function ask(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  const agent = new Agent({ proxyEnv: env });
  return new Promise((resolve, reject) => {
    const lookup: NonNullable<Parameters<typeof request>[1]>["lookup"] = (_, options, done) =>
      options.all === true
        ? done(null, [{ address: "127.0.0.1", family: 4 }])
        : done(null, "127.0.0.1", 4);
    const sent = request(url, { agent, lookup }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve(text));
    });
    sent.on("error", reject);
    sent.end();
  });
}

const hosts = ["127.0.0.1", "a.example", "deep.a.example", "notexample", "example"] as const;
const lists = [
  "",
  "*",
  "a.example",
  ".example",
  "*.example",
  " A.EXAMPLE , b ",
  "127.0.0.0-127.0.0.9",
  "127.0.0.2-127.0.0.9",
  "a.example:PORT",
  "a.example:1",
  ",",
] as const;

test("every choice is the runtime's", async () => {
  const direct = await serve((_, response) => response.end("direct"));
  const { url: proxy } = await serveProxy();
  const { port } = new URL(direct);
  const cases = hosts.flatMap((host) => lists.map((list) => [host, list] as const));
  for (const [host, list] of cases) {
    const env = { HTTP_PROXY: proxy, NO_PROXY: list.replace("PORT", port) };
    const address = `http://${host}:${port}/`;
    const chosen = chooseProxy(address, env).kind === "proxy" ? "through the proxy" : "direct";
    expect([host, list, await ask(address, env)]).toEqual([host, list, chosen]);
  }
});

test("variables: lower case first, each scheme its own", () => {
  const env = { http_proxy: "http://low:1", HTTP_PROXY: "http://up:1", HTTPS_PROXY: "socks5://s" };
  expect(chooseProxy("http://a/", env)).toMatchObject({ kind: "proxy", variable: "http_proxy" });
  expect(chooseProxy("https://a/", env)).toEqual({
    kind: "proxy",
    variable: "HTTPS_PROXY",
    url: undefined,
  });
  expect(chooseProxy("http://a/", {})).toEqual({ kind: "direct" });
  const bypassed = chooseProxy("http://a/", { ...env, no_proxy: "a" });
  expect(bypassed).toEqual({ kind: "bypassed", variable: "no_proxy", entry: "a" });
});
