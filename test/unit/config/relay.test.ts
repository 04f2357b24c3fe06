/** What agent.yaml may say of handing on, and of neighbours that do. */
import { describe, expect, test } from "vitest";
import { relayWarnings } from "../../../agent/cli/config-check.ts";
import { parseAgentConfig } from "../../../agent/config/load.ts";
import { filesOfRelay } from "../../../agent/config/named-files.ts";
import { dropInFor } from "../../../agent/platform/linux/drop-in.ts";

const parse = async (repository: string, more = "") => {
  const text = `repository: {url: "https://a.example/x/"${repository}}\n${more}\ndatabases: {daily: {}}\n`;
  return (await parseAgentConfig("agent.yaml", Buffer.from(text))).config;
};
const relay = (text: string) => parse("", `relay: {${text}}`);
const tls = "tls: {certFile: /c, keyFile: /k}";
const withClients = "tls: {certFile: /c, keyFile: /k, clientCa: /a}";

describe("relay", () => {
  test("is absent unless it is configured, and then has bounds", async () => {
    expect((await parse("")).relay).toBeUndefined();
    expect((await relay('listen: "127.0.0.1:8470"')).relay).toEqual({
      listen: { host: "127.0.0.1", port: 8470 },
      public: false,
      maxRate: 10_000_000,
      maxConnections: 64,
    });
  });

  test.each([
    `listen: "192.0.2.7:8470", tokenFile: /t, ${tls}`,
    `listen: "[::]:8470", ${withClients}`,
    `listen: "0.0.0.0:8470", tokenFile: /t, ${withClients}`,
    'listen: "0.0.0.0:8470", public: true',
    `listen: "0.0.0.0:8470", public: true, ${tls}`,
    'listen: "[::1]:8470", tokenFile: /t',
    'listen: "localhost:8470"',
  ])("%s is taken", async (text) => {
    expect((await relay(text)).relay).toBeDefined();
  });

  test.each([
    ["", "listen"],
    ['listen: "8470"', "must be an address of this machine and a port"],
    ['listen: "relay.example:8470"', "must be an address of this machine and a port"],
    ['listen: "192.168.257:8470"', "must be an address of this machine and a port"],
    ['listen: "[::g]:8470"', "must be an address of this machine and a port"],
    ['listen: "[1:2]:8470"', "must be an address of this machine and a port"],
    ['listen: "300.0.0.1:8470"', "must be an address of this machine and a port"],
    ['listen: "192.0.2.7:0"', "must be an address of this machine and a port"],
    ['listen: "192.0.2.7:8470"', "is open to the network"],
    ['listen: "0.0.0.0:8470"', "is open to the network"],
    [`listen: "[::]:8470", ${tls}`, "is open to the network"],
    ['listen: "192.0.2.7:8470", tokenFile: /t', "would cross the network in the clear"],
    [`listen: "[::]:8470", public: true, ${withClients}`, "keep one"],
    ['listen: "127.0.0.1:8470", public: true, tokenFile: /t', "keep one"],
    ['listen: "127.0.0.1:8470", maxRate: 1kB/s', "must be from 256kB/s"],
    ['listen: "127.0.0.1:8470", maxConnections: 0', "maxConnections"],
    ['listen: "127.0.0.1:8470", token: abc', "unknown key"],
  ])("%s is refused", async (text, told) => {
    await expect(relay(text)).rejects.toThrow(told);
  });

  test("names the files that it needs, and asks nothing of the other unit for them", async () => {
    const config = await relay(`listen: "[::]:8470", tokenFile: /home/t, ${withClients}`);
    expect(filesOfRelay(config).map(({ key, path }) => [key, path])).toEqual([
      ["relay.tls.certFile", "/c"],
      ["relay.tls.keyFile", "/k"],
      ["relay.tls.clientCa", "/a"],
      ["relay.tokenFile", "/home/t"],
    ]);
    expect(dropInFor(config)).toBeUndefined();
  });

  test("is warned of when anybody may read, and only then", async () => {
    expect(relayWarnings(await relay('listen: "0.0.0.0:8470", public: true'))).toEqual([
      expect.stringContaining("0.0.0.0 on port 8470"),
    ]);
    expect(relayWarnings(await relay('listen: "127.0.0.1:8470"'))).toEqual([]);
    expect(relayWarnings(await parse(""))).toEqual([]);
  });
});

describe("repository.relays", () => {
  test("are addresses besides the mirrors, with credentials of their own", async () => {
    const { repository } = await parse(
      ', relays: ["https://relay.example:8470"], originWithin: 2h, credentials: {"https://relay.example:8470": {tokenFile: /t}}',
    );
    expect(repository).toMatchObject({
      urls: ["https://a.example/x/"],
      relays: ["https://relay.example:8470/"],
      originWithinMs: 7_200_000,
    });
    expect([...repository.credentials.keys()]).toEqual(["https://relay.example:8470"]);
  });

  test.each([
    [', relays: ["https://a.example/y/"]', "would get its credentials"],
    [', relays: ["https://r.example/", "https://r.example/"]', "names a relay twice"],
    [', relays: ["ftp://r.example/"]', "must be an http or https address"],
    [", originWithin: 1m", "must be from 10m to 7d"],
    [", originWithin: 30d", "must be from 10m to 7d"],
    [
      ', relays: ["http://r.example/"], credentials: {"http://r.example": {tokenFile: /t}}',
      "never sent in the clear",
    ],
  ])("%s is refused", async (text, told) => {
    await expect(parse(text)).rejects.toThrow(told);
  });
});
