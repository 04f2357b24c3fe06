/** One entry is one line, and holds no secret. */
import { describe, expect, test } from "vitest";
import { formatEntry, safeFields } from "../../../host/log/entry.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";

describe("an entry", () => {
  test("is the message and its fields", () => {
    const fields = { database: "daily", bytes: 12, note: "two words", url: "https://a.example/b" };
    expect(formatEntry("update ends", fields)).toBe(
      'update ends database=daily bytes=12 note="two words" url=https://a.example/b',
    );
  });

  test("stays one line whatever a server put into it", () => {
    const text = formatEntry("bad\n<0>forged", { name: "a\r\nb\u2028\u001b[2J" });
    expect(text).toBe(String.raw`bad\u000a<0>forged name="a\r\nb\u2028\u001b[2J"`);
  });

  test("tells an error by its code and message", () => {
    const error = new VouchsafeError("disk.full", "The disk is full.");
    expect(formatEntry("failed", { error })).toBe('failed error="disk.full: The disk is full."');
    expect(formatEntry("failed", { error: new Error("x") })).toBe("failed error=x");
  });
});

describe("a secret is hidden", () => {
  test.each([
    "passphrase",
    "password",
    "enrolToken",
    "clientSecret",
    "privateKey",
    "Authorization",
  ])("in the field %s", (name) => {
    expect(safeFields({ [name]: "hunter2" })).toEqual({ [name]: "[hidden]" });
  });

  test("also inside other values", () => {
    const text = JSON.stringify(safeFields({ config: { console: { token: "hunter2", a: 1 } } }));
    expect(text).not.toContain("hunter2");
    expect(text).toContain("[hidden]");
  });
});

test("long values are cut", () => {
  expect(
    formatEntry("x", { a: "y".repeat(100_000), b: ["z".repeat(100_000)] }).length,
  ).toBeLessThan(5000);
});

test("values without a form of their own are no error", () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  expect(formatEntry("x", { a: undefined, b: null, c: circle, d: 10n, e: { f: 10n } })).toMatch(
    /^x a=undefined b=null c=/,
  );
});
