/** Where an answer may send the client. */
import { describe, expect, test } from "vitest";
import { type Redirection, redirectTarget } from "../../../../host/http/redirect.ts";

const base = "https://updates.example/repo/";
const at = (location: string | undefined, changes: Partial<Redirection> = {}) =>
  redirectTarget({
    policy: "same-origin",
    method: "GET",
    status: 302,
    location,
    url: `${base}metadata/timestamp.json`,
    base,
    ...changes,
  });

test.each([
  ["snapshot.json", `${base}metadata/snapshot.json`],
  ["/repo/other?x=1#part", `${base}other?x=1`],
  [`${base}a`, `${base}a`],
  ["//updates.example/repo/b", `${base}b`],
  ["https://updates.example:443/repo/c", `${base}c`],
])("%s is followed", (location, target) => {
  expect(at(location)).toBe(target);
});

test.each([200, 300, 304, 404])("status %i is no redirect", (status) => {
  expect(at("/elsewhere", { status })).toBeUndefined();
});

describe("refused is what leads", () => {
  test.each([
    ["to another server", "https://evil.example/repo/a"],
    ["to a look-alike", "https://updates.example.evil.example/repo/a"],
    ["to another port", "https://updates.example:8443/repo/a"],
    ["from https to http", "http://updates.example/repo/a"],
    ["to another scheme", "file:///etc/passwd"],
    ["to a user's address", "https://user:pass@updates.example/repo/a"],
    ["out of the base", "/other/a"],
    ["out of the base by dots", "../../other"],
    ["out of the base by coded dots", "/repo/%2e%2e/other"],
    ["out of the base by backslashes", "\\\\evil.example\\repo\\a"],
    ["to a sibling whose name begins alike", "/repository/a"],
    ["to nowhere", "https://"],
    ["without a location", undefined],
  ])("%s", (_, location) => {
    expect(() => at(location)).toThrow(expect.objectContaining({ code: "transfer.redirect" }));
  });

  test("anywhere, if none is allowed", () => {
    expect(() => at("/repo/a", { policy: "none" })).toThrow("where no redirect is allowed");
  });

  test("a request that changes something", () => {
    expect(() => at("/repo/a", { method: "PUT" })).toThrow("redirects a PUT request");
  });
});

test("without a base any path of the origin is allowed", () => {
  expect(at("/other", { base: undefined })).toBe("https://updates.example/other");
  expect(() => at("https://x.example/", { base: undefined })).toThrow("to another server");
});
