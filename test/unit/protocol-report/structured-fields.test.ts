import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BareItem,
  parseDictionary,
  serializeItem,
} from "../../../protocol/report/structured-fields.ts";

const itemOf = (text: string): BareItem | undefined => {
  const member = parseDictionary(`a=${text}`).get("a");
  return member?.kind === "item" ? member.item : undefined;
};

describe("a dictionary of structured fields (RFC 8941)", () => {
  test.each([
    ["12", { kind: "integer", value: 12 }],
    ["-7", { kind: "integer", value: -7 }],
    ['"a \\"b\\" \\\\"', { kind: "string", value: 'a "b" \\' }],
    ["ed25519", { kind: "token", value: "ed25519" }],
    ["?1", { kind: "boolean", value: true }],
    ["?0", { kind: "boolean", value: false }],
    [":AQID:", { kind: "bytes", value: Buffer.from([1, 2, 3]) }],
  ])("reads %s", (text, expected) => {
    expect(itemOf(text)).toEqual(expected);
  });

  test.each([
    ["a key without a value", "a"],
    ["a key in capitals", "A=1"],
    ["a key given twice", "a=1, a=2"],
    ["a parameter given twice", "a=1;b=1;b=2"],
    ["a comma at the end", "a=1,"],
    ["no comma between members", "a=1 b=2"],
    ["an unended string", 'a="x'],
    ["a control character in a string", 'a="x\ny"'],
    ["a letter outside ASCII in a string", 'a="ä"'],
    ["a wrong escape", 'a="\\n"'],
    ["unpadded base64", "a=:AQI:"],
    ["base64 with a space", "a=:AQ ID:"],
    ["a decimal", "a=1.5"],
    ["an integer of 16 digits", "a=1234567890123456"],
    ["a boolean that is neither", "a=?2"],
    ["an unended list", 'a=("x"'],
    ["list items that touch", 'a=("x""y")'],
    ["17 members", Array.from({ length: 17 }, (_, n) => `k${n}=1`).join(",")],
    ["17 parameters", `a=1${Array.from({ length: 17 }, (_, n) => `;k${n}`).join("")}`],
    ["17 items in a list", `a=(${"1 ".repeat(17)})`],
    ["2,049 characters", `a="${"x".repeat(2_045)}"`],
  ])("refuses %s", (_what, text) => {
    expect(() => parseDictionary(text)).toThrow(/structured field is malformed/);
  });

  test("what is written is read again as it was", () => {
    const item = fc.oneof(
      fc
        .integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 })
        .map((value): BareItem => ({ kind: "integer", value })),
      fc
        .string({ unit: "binary-ascii", maxLength: 200 })
        .map((text) => text.replace(/[^\x20-\x7e]/g, ""))
        .map((value): BareItem => ({ kind: "string", value })),
      fc
        .uint8Array({ maxLength: 200 })
        .map((bytes): BareItem => ({ kind: "bytes", value: Buffer.from(bytes) })),
      fc.boolean().map((value): BareItem => ({ kind: "boolean", value })),
    );
    fc.assert(
      fc.property(item, (value) => {
        expect(itemOf(serializeItem(value))).toEqual(value);
      }),
    );
  });

  test("never takes long and never throws anything but a refusal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 2_048 }), (text) => {
        try {
          parseDictionary(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "report.refused" });
        }
      }),
    );
    for (const text of [
      "a=".padEnd(2_048, ":"),
      `a=${"(".repeat(2_000)}`,
      `a="${"\\".repeat(2_000)}`,
    ]) {
      const start = performance.now();
      expect(() => parseDictionary(text)).toThrow();
      expect(performance.now() - start).toBeLessThan(200);
    }
  });
});
