import { describe, expect, test } from "vitest";
import {
  checkDatabaseName,
  checkPath,
  checkPaths,
  checkSignedText,
} from "../../../protocol/release/names.ts";
import { windowsNames } from "../../testkit/windows-names.ts";

const refused = expect.objectContaining({ code: "names.invalid" });

describe("database names", () => {
  test.each(["daily", "ids-rules", "geoip2", "0", "a".repeat(41)])("%s may be one", (name) => {
    expect(() => checkDatabaseName(name)).not.toThrow();
  });

  test.each([
    "",
    "-daily",
    "Daily",
    "dai ly",
    "daily/x",
    "..",
    "a".repeat(42),
    "root",
    "targets",
    "snapshot",
    "timestamp",
    "halt",
    "agent",
    "daily-0f",
    "ids-rules-1",
    "constructor()",
    "d\u00e4ily",
  ])("%s may not", (name) => {
    expect(() => checkDatabaseName(name)).toThrow(refused);
  });
});

describe("paths inside a database", () => {
  test.each(["a", "asn-ipv4.csv", "rules/emerging/1.rules", "_x.Y-9"])("%s is safe", (path) => {
    expect(() => checkPath(path)).not.toThrow();
  });

  test.each([
    "",
    "/etc/passwd",
    "../x",
    "a/../b",
    "a//b",
    "a/",
    ".hidden",
    "-rf",
    "a b",
    "a\\b",
    "a:b",
    "a\u0000b",
    "a.",
    "NUL",
    "nul.txt",
    "x/COM1",
    "lpt9.csv",
    "a%2fb",
    "\u00e9",
    "a".repeat(121),
    `${"a/".repeat(100)}b`,
  ])("%j is refused", (path) => {
    expect(() => checkPath(path)).toThrow(refused);
  });
});

describe("paths that Windows reads otherwise are refused", () => {
  test.each(windowsNames)("%s", (_why, path) => {
    expect(() => checkPath(path)).toThrow(refused);
  });

  test.each(["console", "com10", "nullable.txt", "auxiliary/con-1", "lpt", "x.con"])(
    "%s only looks like one",
    (path) => expect(() => checkPath(path)).not.toThrow(),
  );
});

describe("paths of one release together", () => {
  test("may share folders", () => {
    expect(() => checkPaths(["a/b", "a/c", "d"])).not.toThrow();
  });

  test.each([
    [["a", "A"], "differ only by case"],
    [["a", "a"], "differ only by case"],
    [["a/x", "A/y"], "differ only by case"],
    [["a", "a/b"], "needs a folder"],
    [["a/b/c", "A"], "needs a folder"],
    [["x/y/z", "X/y"], "needs a folder"],
  ])("%j are refused", (paths, why) => {
    expect(() => checkPaths(paths)).toThrow(why);
  });
});

describe("texts in signed parts", () => {
  test.each([
    ["a control character", "a\u0007b"],
    ["a line break", "a\nb"],
    ["not NFC", "e\u0301"],
    ["half a character", "\ud800"],
    ["too long", "x".repeat(11)],
  ])("%s is refused", (_what, text) => {
    expect(() => checkSignedText(text, "label", 10)).toThrow(refused);
  });

  test("accents in NFC are fine", () => {
    expect(() => checkSignedText("d\u00e9j\u00e0", "label", 10)).not.toThrow();
  });
});
