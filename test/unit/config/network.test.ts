/** What agent.yaml may say of proxies, credentials and rates. */
import { describe, expect, test } from "vitest";
import { parseAgentConfig } from "../../../agent/config/load.ts";

const parse = async (more: string, url = "[https://a.example/x/, http://b.example/]") => {
  const text = `repository:\n  url: ${url}\n${more}\ndatabases: {daily: {}}\n`;
  return (await parseAgentConfig("agent.yaml", Buffer.from(text))).config;
};
const credentials = (origin: string, text: string) =>
  parse(
    `  credentials: {"${origin}": ${text}}`,
    "[https://a.example/x/, http://b.example/, http://127.0.0.1:80/]",
  );

describe("credentials", () => {
  test("stand under the origin of a mirror, each kind in its form", async () => {
    const { repository } = await credentials(
      "https://a.example:443/",
      "{user: me, passwordFile: /p, certFile: /c, keyFile: /k}",
    );
    expect([...repository.credentials]).toEqual([
      [
        "https://a.example",
        {
          basic: { user: "me", passwordFile: "/p" },
          certificate: { certFile: "/c", keyFile: "/k" },
        },
      ],
    ]);
  });

  test("may go in the clear on this machine only", async () => {
    expect(
      (await credentials("http://127.0.0.1", "{tokenFile: /t}")).repository.credentials.size,
    ).toBe(1);
    const remote = credentials("http://b.example", "{tokenFile: /t}");
    await expect(remote).rejects.toThrow("must be https: credentials are never sent in the clear");
  });

  test.each([
    ["https://c.example", "{tokenFile: /t}", "is no mirror of `url`"],
    ["https://a.example/x/", "{tokenFile: /t}", "must be scheme, host and port of a mirror"],
    ["nonsense", "{tokenFile: /t}", "must be scheme, host and port of a mirror"],
    ["https://a.example", "{}", "is empty"],
    ["https://a.example", "{user: me}", 'must have both "user" and "passwordFile"'],
    ["https://a.example", "{keyFile: /k}", 'must have both "certFile" and "keyFile"'],
    ["https://a.example", "{user: me, passwordFile: /p, tokenFile: /t}", "keep one"],
    ["https://a.example", '{user: "a:b", passwordFile: /p}', 'must not hold ":"'],
    ["https://a.example", "{tokenFile: t}", "must be an absolute path"],
    ["https://a.example", "{token: abc}", "unknown key"],
  ])("%s: %s is refused", async (origin, text, told) => {
    await expect(credentials(origin, text)).rejects.toThrow(told);
  });
});

describe("transfer", () => {
  const transfer = async (text: string) => (await parse(`transfer: {${text}}`)).transfer;

  test("has a least rate by default, and no greatest", async () => {
    expect(await transfer("")).toMatchObject({ minRate: 1000, proxy: "env" });
    expect(await transfer("minRate: 0B/s, maxRate: 5MB/s")).toMatchObject({
      minRate: 0,
      maxRate: 5_000_000,
    });
  });

  test("may name a proxy, with a password in a file", async () => {
    const text = 'proxy: {url: "http://proxy:3128", user: me, passwordFile: /p, except: [.local]}';
    expect((await transfer(text)).proxy).toEqual({
      url: "http://proxy:3128",
      basic: { user: "me", passwordFile: "/p" },
      except: [".local"],
    });
  });

  test.each([
    ["proxy: yes please", "must be env, none, or a map with the key url"],
    ['proxy: {url: "http://me:secret@proxy:3128"}', "must not hold a user name or password"],
    ['proxy: {url: "http://proxy:3128/path"}', "must be only scheme, host and port"],
    ['proxy: {url: "http://proxy:3128", user: me}', 'must have both "user" and "passwordFile"'],
    ["maxRate: 1B/s", "must be from 1kB/s"],
    ["maxRate: 5MB", "is not a rate"],
  ])("%s is refused", async (text, told) => {
    await expect(transfer(text)).rejects.toThrow(told);
  });
});
