import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeLineSplitter } from "../../../agent/daemon/lines.ts";

describe("lines", () => {
  test("come out whole however they were cut", () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", " "));
    const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(line), cuts, (lines, sizes) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        const splitter = makeLineSplitter(10_000);
        const found: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          found.push(...splitter.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(lines.map((text) => Buffer.from(text).toString()));
      }),
    );
  });

  test("a line of exactly the bound is taken, one byte more is an error", () => {
    expect([...makeLineSplitter(4).push(Buffer.from("abcd\n"))]).toEqual(["abcd"]);
    expect(() => [...makeLineSplitter(4).push(Buffer.from("abcde\n"))]).toThrow(RangeError);
  });

  test("a line without an end does not grow beyond the bound", () => {
    const splitter = makeLineSplitter(1000);
    expect(() => {
      for (let turn = 0; turn < 11; turn++) Array.from(splitter.push(Buffer.alloc(100, "x")));
    }).toThrow(RangeError);
  });

  test("lines before one that is too long still count", () => {
    const lines = makeLineSplitter(4).push(Buffer.from("ab\ncd\nefghij\n"));
    const found: string[] = [];
    expect(() => {
      for (const line of lines) found.push(line);
    }).toThrow(RangeError);
    expect(found).toEqual(["ab", "cd"]);
  });

  test("the buffer that a chunk came in may be used again", () => {
    const splitter = makeLineSplitter(100);
    const chunk = Buffer.from("abc");
    expect([...splitter.push(chunk)]).toEqual([]);
    chunk.fill("x");
    expect([...splitter.push(Buffer.from("d\n"))]).toEqual(["abcd"]);
  });
});
