/** `credential:NAME` in place of a path. */
import { describe, expect, test } from "vitest";
import { resolveCredentials } from "../../../agent/config/credentials.ts";
import { defaultPlaces } from "../../../agent/config/defaults.ts";
import { parseAgentConfig } from "../../../agent/config/load.ts";

const text = (ca: string): Buffer =>
  Buffer.from(`repository: {url: http://a/}\ndatabases: {daily: {}}\ntransfer: {ca: ${ca}}\n`);

async function caOf(ca: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  const loaded = await parseAgentConfig("test", text(ca), defaultPlaces("linux", env));
  return loaded.config.transfer.ca;
}

describe("a credential", () => {
  test("of the service lies where systemd says", async () => {
    const env = { CREDENTIALS_DIRECTORY: "/run/credentials/x" };
    expect(await caOf("credential:ca.pem", env)).toBe("/run/credentials/x/ca.pem");
  });

  test("is that of the running service for another process", async () => {
    const place = "/run/credentials/vouchsafe-agent.service/ca.pem";
    expect(await caOf("credential:ca.pem", {})).toBe(place);
  });

  test.each([
    "credential:",
    "credential:../x",
    "credential:a/b",
    "credential:.x",
    "x credential:a",
  ])("is none of the form %j", async (ca) => {
    await expect(caOf(JSON.stringify(ca), {})).rejects.toMatchObject({ code: "config.invalid" });
  });

  test("may be named anywhere a path may, and keys are left alone", () => {
    const value = { "credential:a": ["credential:a", 1, null, { b: "credential:b" }] };
    expect(resolveCredentials(value, "/c")).toEqual({
      "credential:a": ["/c/a", 1, null, { b: "/c/b" }],
    });
    expect(resolveCredentials(value, undefined)).toBe(value);
  });

  test("is handed to children as it was written: they look in the same place", async () => {
    expect((await parseAgentConfig("test", text("credential:ca.pem"))).given).toContain(
      '"credential:ca.pem"',
    );
  });
});
