import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Asked, answerTo } from "../../../agent/relay/answer.ts";
import type { Offer } from "../../../agent/relay/catalog.ts";
import { sha256 } from "../../../protocol/bytes.ts";

const path = "targets/daily/abc.a.txt";
const offer: Offer = { file: "/x/a.txt", length: 100, sha256: sha256("a"), kind: "target" };
const catalog = new Map([[path, offer]]);
const etag = `"${offer.sha256}"`;

const ask = (asked: Partial<Asked> = {}, now = 0) =>
  answerTo({ method: "GET", target: `/${path}`, hasBody: false, ...asked }, catalog, now);

test("a file that is offered comes whole, with what names its bytes", () => {
  expect(ask()).toMatchObject({
    status: 200,
    headers: { etag, "content-length": 100, "accept-ranges": "bytes" },
    part: { offer, start: 0, end: 100 },
  });
});

test("HEAD tells the same and sends nothing", () => {
  const { part, ...head } = ask();
  expect(part).toBeDefined();
  expect(ask({ method: "HEAD" })).toEqual(head);
});

test.each(["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", ""])("%s is refused", (method) => {
  expect(ask({ method })).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
});

test("a request with a body is refused and its connection closed", () => {
  expect(ask({ hasBody: true })).toMatchObject({ status: 400, headers: { connection: "close" } });
});

test("what has expired is not there any more", () => {
  const mortal = new Map([[path, { ...offer, expiresMs: 1000 }]]);
  const asked = { method: "GET", target: `/${path}`, hasBody: false };
  expect(answerTo(asked, mortal, 999).status).toBe(200);
  expect(answerTo(asked, mortal, 1000).status).toBe(404);
});

describe("paths", () => {
  test.each([
    path,
    `//${path}`,
    `/./${path}`,
    `/x/../${path}`,
    `/${path}?`,
    `/${path}#x`,
    `/${path}/`,
    `/${path}%00`,
    `http://relay/${path}`,
    "/../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/__proto__",
    "/constructor",
    "*",
    "",
  ])("%s is none that is offered", (target) => {
    expect(ask({ target })).toEqual({ status: 404, headers: { "content-length": 0 } });
  });
});

describe("ranges (RFC 9110 §14)", () => {
  const part = (range: string, more: Partial<Asked> = {}) => {
    const { status, headers, part: sent } = ask({ range, ...more });
    return [status, headers["content-range"], sent?.start, sent?.end];
  };

  test.each([
    ["bytes=0-", "bytes 0-99/100", 0, 100],
    ["bytes=60-", "bytes 60-99/100", 60, 100],
    ["bytes=60-60", "bytes 60-60/100", 60, 61],
    ["bytes=60-1000", "bytes 60-99/100", 60, 100],
    ["bytes=-10", "bytes 90-99/100", 90, 100],
    ["bytes=-1000", "bytes 0-99/100", 0, 100],
  ])("%s", (range, told, start, end) => {
    expect(part(range)).toEqual([206, told, start, end]);
  });

  test.each(["bytes=100-", "bytes=100-200", "bytes=-0"])("%s cannot be satisfied", (range) => {
    expect(part(range)).toEqual([416, "bytes */100", undefined, undefined]);
  });

  test.each(["bytes=-", "bytes=5-4", "bytes=0-1,5-6", "lines=1-2", "bytes= 0-", "bytes=a-b"])(
    "%s is not understood, and all is sent",
    (range) => {
      expect(part(range)).toEqual([200, undefined, 0, 100]);
    },
  );

  test("with If-Range count only for the very bytes", () => {
    expect(part("bytes=60-", { ifRange: etag })[0]).toBe(206);
    expect(part("bytes=60-", { ifRange: '"other"' })[0]).toBe(200);
    expect(part("bytes=60-", { ifRange: `W/${etag}` })[0]).toBe(200);
  });

  test("whatever is asked for, what is sent lies within the file", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(300), fc.nat(300), (text, first, last) => {
        for (const range of [text, `bytes=${first}-${last}`, `bytes=${first}-`, `bytes=-${last}`]) {
          const { part: sent, headers } = ask({ range });
          if (sent === undefined) continue;
          expect(sent.start).toBeGreaterThanOrEqual(0);
          expect(sent.end).toBeLessThanOrEqual(100);
          expect(sent.end - sent.start).toBe(headers["content-length"]);
        }
      }),
    );
  });
});

test.each([etag, `"x", ${etag}`, `W/${etag}`, "*"])("If-None-Match %s: nothing new", (tags) => {
  expect(ask({ ifNoneMatch: tags, range: "bytes=5-" })).toMatchObject({ status: 304 });
  expect(ask({ ifNoneMatch: tags }).part).toBeUndefined();
});

test("If-None-Match of other bytes changes nothing", () => {
  expect(ask({ ifNoneMatch: '"other"' }).status).toBe(200);
});
