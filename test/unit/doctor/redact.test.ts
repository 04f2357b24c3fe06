import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeRedactor } from "../../../agent/doctor/diagnostics/redact.ts";
import {
  namesOfHost,
  secretFilesOf,
  secretsOfEnvironment,
} from "../../../agent/doctor/diagnostics/secrets.ts";

const none = makeRedactor([]);
const textOf = (text: string): string => none(text).text;

describe("what has the form of a secret", () => {
  test.each([
    ["GET http://user:p@ss@proxy:3128/x", "GET http://[redacted: credentials]proxy:3128/x"],
    [
      "Proxy-Authorization: Basic dXNlcjpwYXNz\r\nHost: a",
      "Proxy-Authorization: [redacted: authorization]\r\nHost: a",
    ],
    ['{"authorization":"Bearer abcdefghij"}', '{"authorization":"[redacted: authorization]"}'],
    ["sent Bearer eyJhbGciOi.x-y_z", "sent Bearer [redacted: authorization]"],
    ["token vst_AbCdEfGhIjKl.", "token [redacted: token]."],
    ["password=hunter2 user=x", "password=[redacted: secret] user=x"],
    ['"seed": "00ff", "a": 1', '"seed": [redacted: secret], "a": 1'],
    [
      "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\nrest",
      "-----BEGIN PRIVATE KEY-----[redacted: private key]\nrest",
    ],
    [
      "-----BEGIN EC PRIVATE KEY-----\nMC4C",
      "-----BEGIN EC PRIVATE KEY-----[redacted: private key]",
    ],
    [
      "tokens: 3, seeds sown, https://a.example/b@c",
      "tokens: 3, seeds sown, https://a.example/b@c",
    ],
  ])("%j", (given, expected) => {
    expect(textOf(given)).toBe(expected);
  });

  // Were it quadratic, it would not end within the time that a test has.
  test.each(["password=", "a://", "-----BEGIN PRIVATE KEY-----", "Bearer ", '"seed": "\\'])(
    "a hundred thousand times %j is read in one go",
    (piece) => {
      expect(textOf(piece.repeat(100_000)).length).toBeGreaterThan(0);
    },
  );
});

describe("what is known by value", () => {
  const awkward = 'p%40"ß\\x';

  test.each([
    ["as it is", awkward],
    ["in JSON", JSON.stringify({ a: awkward })],
    ["in an address", encodeURIComponent(awkward)],
    ["in base64", Buffer.from(awkward).toString("base64")],
    ["in base64url without padding", Buffer.from(awkward).toString("base64url")],
    ["in hex", Buffer.from(awkward).toString("hex")],
  ])("is taken out %s", (_, text) => {
    const redact = makeRedactor([{ what: "proxy credentials", value: awkward }]);
    const { text: left, counts } = redact(`before ${text} after`);
    expect(left).toMatch(/^before .{0,8}\[redacted: proxy credentials\].{0,3} after$/);
    expect([...counts]).toEqual([["proxy credentials", 1]]);
  });

  test("of any value nothing is left", () => {
    const values = fc
      .string({ minLength: 4, maxLength: 30 })
      .filter((value) => !"[redacted: x]".includes(value));
    fc.assert(
      fc.property(values, fc.string(), fc.string(), (value, before, after) => {
        const { text } = makeRedactor([{ what: "x", value }])(`${before}${value}${after}`);
        expect(text.replaceAll("[redacted: x]", "\n")).not.toContain(value);
      }),
    );
  });

  test("a value of three characters is not looked for: it would be found everywhere", () => {
    expect(makeRedactor([{ what: "x", value: "abc" }])("an abc").text).toBe("an abc");
  });

  test("a host's name is taken out as a word, in any case, with and without its domain", () => {
    const redact = makeRedactor(namesOfHost("web1.example.org"));
    expect(redact("WEB1.example.org web1-data /web1/ web10 cobweb1").text).toBe(
      "[redacted: host name] [redacted: host name]-data /[redacted: host name]/ web10 cobweb1",
    );
  });

  test("an environment's proxies and secrets are known", () => {
    const found = secretsOfEnvironment({
      HTTPS_PROXY: "http://us%40er:pa%2Fss@proxy:1",
      NO_PROXY: "a",
      VOUCHSAFE_PASSPHRASE: "correct horse",
      http_proxy: "not an address",
    });
    expect(found.map(({ value }) => value)).toEqual([
      "pa%2Fss",
      "pa/ss",
      "us@er:pa/ss",
      "correct horse",
    ]);
  });

  test("files with secrets are found by their keys, wherever they stand", () => {
    const access = new Map([["https://a/", { basic: { user: "u", passwordFile: "/p" } }]]);
    const transfer = { ca: "/ca", proxy: { tokenFile: "/t" }, certificate: { keyFile: "/k" } };
    expect(secretFilesOf({ access, transfer, list: [{ secretFile: "/s" }], file: "/x" })).toEqual([
      "/p",
      "/t",
      "/k",
      "/s",
    ]);
  });
});
