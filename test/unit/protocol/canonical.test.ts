import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalText, fileText } from "../../../protocol/canonical.ts";
import type { JsonValue } from "../../../protocol/json.ts";
import { parseJson } from "../../../protocol/json.ts";

const wellFormed = fc.string({ unit: "grapheme" }).filter((text) => !/[\u0000-\u001f]/.test(text));
const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    wellFormed,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(wellFormed, tie("value"), { maxKeys: 4 }),
  ),
}));

describe("canonical JSON", () => {
  test("sorts keys by code point, not by UTF-16 unit", () => {
    expect(canonicalText({ "\u{1f600}": 1, "\uffff": 2, a: 3 })).toBe(
      '{"a":3,"\uffff":2,"\u{1f600}":1}',
    );
  });

  test("escapes the quote and the backslash and nothing else", () => {
    expect(canonicalText('a"b\\c\u00e9\n')).toBe('"a\\"b\\\\c\u00e9\n"');
  });

  test.each([1.5, 1e300, Number.NaN, 2 ** 53])("refuses the number %s", (number) => {
    expect(() => canonicalText([number])).toThrow("whole number");
  });

  test("refuses half a surrogate pair", () => {
    expect(() => canonicalText(["\ud800"])).toThrow("half a character");
  });

  test("refuses nesting deeper than 64 instead of overflowing the stack", () => {
    const deep = parseJson(Buffer.from("[".repeat(100_000) + "]".repeat(100_000)), 1_000_000);
    expect(() => canonicalText(deep)).toThrow("nests deeper");
  });

  test("treats __proto__ and constructor as ordinary keys", () => {
    const value = parseJson(Buffer.from('{"constructor":1,"__proto__":{"a":2}}'), 100);
    expect(canonicalText(value)).toBe('{"__proto__":{"a":2},"constructor":1}');
  });

  test("law: the canonical form of what it parses to is itself", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const text = canonicalText(value);
        expect(canonicalText(parseJson(Buffer.from(text), 1_000_000))).toBe(text);
      }),
    );
  });
});

describe("the text of a file", () => {
  test("is the canonical form, with control characters escaped so that it is JSON", () => {
    expect(fileText({ b: 1, a: 'x"\\' })).toBe(canonicalText({ b: 1, a: 'x"\\' }));
    const pem = { key: "-----BEGIN PUBLIC KEY-----\nMFk=\n", "a\tb": "\u0000" };
    expect(() => parseJson(Buffer.from(canonicalText(pem)), 1000)).toThrow();
    expect(parseJson(Buffer.from(fileText(pem)), 1000)).toEqual(pem);
  });
});

describe("JSON from hostile bytes", () => {
  test.each([
    ["too long", Buffer.from("[1,2,3]"), 3],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), 10],
    ["a byte order mark", Buffer.from("\ufeff[]"), 10],
    ["cut off", Buffer.from('{"a":'), 10],
    ["empty", Buffer.alloc(0), 10],
  ])("%s is trust.format", (_what, bytes, cap) => {
    expect(() => parseJson(bytes, cap)).toThrow(expect.objectContaining({ code: "trust.format" }));
  });

  test("arbitrary bytes never do anything but parse or be refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseJson(bytes, 100);
        } catch (error) {
          expect(error).toMatchObject({ code: "trust.format" });
        }
      }),
    );
  });
});
