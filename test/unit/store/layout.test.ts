import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { garbageOf } from "../../../agent/store/garbage.ts";
import {
  containedPath,
  databasePlaces,
  type GenerationName,
  generationFor,
  generationOfLink,
  isGenerationName,
} from "../../../agent/store/layout.ts";
import { foldersOf } from "../../../agent/store/tree.ts";
import { sha256 } from "../../../protocol/bytes.ts";

describe("a path of a release", () => {
  test.each(["..", "../x", "a/../../x", "/etc/passwd", "", "a/../..", "x\0y", "."])(
    "%j never leads out of its folder",
    (path) => {
      if (path.startsWith("/")) expect(containedPath("/s", path)).toBe(join("/s", path));
      else expect(() => containedPath("/s", path)).toThrow("leads out");
    },
  );

  test("any text stays below the folder or is refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", ".", "/", "\\", "\0", "-") }), (text) => {
        try {
          expect(containedPath("/state/g", text).startsWith("/state/g/")).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "trust.release" });
        }
      }),
    );
  });
});

describe("a generation's name", () => {
  const digest = sha256("release");

  test("is version and digest, numbered when the disk holds that already", () => {
    const base = `7-${digest.slice(0, 12)}`;
    expect(generationFor({ version: 7, digest }, new Set())).toBe(base);
    expect(generationFor({ version: 7, digest }, new Set([base]))).toBe(`${base}-2`);
  });

  test.each(["7-0123456789ab", "7-0123456789ab-2"])("%s is one", (name) => {
    expect(generationOfLink(`generations/${name}`)).toBe(name);
  });

  test.each([
    "",
    "0-0123456789ab",
    "7-0123456789AB",
    "7-0123456789ab/..",
    ".staging-7-0123456789ab",
  ])("%j is none", (name) => {
    expect(isGenerationName(name)).toBe(false);
    expect(generationOfLink(`generations/${name}`)).toBeUndefined();
  });

  test("a link to anywhere else names none", () => {
    expect(generationOfLink("/elsewhere/generations/7-0123456789ab")).toBeUndefined();
  });
});

test("a database whose name is no folder's has no places", () => {
  expect(() => databasePlaces("/state", "../x")).toThrow("no database name");
});

test("folders come before those in them", () => {
  expect(foldersOf(["x/y/z/file", "x/other", "top"])).toEqual(["x", "x/y", "x/y/z"]);
});

describe("garbage", () => {
  const names = [1, 2, 3, 4, 5].map((version) => {
    const name = `${version}-0123456789ab`;
    if (!isGenerationName(name)) throw new Error(name);
    return name;
  });

  test("never touches what is pinned, and keeps the newest others", () => {
    fc.assert(
      fc.property(fc.subarray(names), fc.subarray(names), fc.nat(6), (folders, pins, keep) => {
        const pinned = new Set<GenerationName>(pins);
        const gone = garbageOf({ folders, pinned, keep });
        const left = folders.filter((name) => !gone.includes(name));
        expect(gone.filter((name) => pinned.has(name))).toEqual([]);
        const held = folders.filter((name) => pinned.has(name)).length;
        expect(left).toHaveLength(Math.min(folders.length, Math.max(keep, held)));
        const others = left.filter((name) => !pinned.has(name));
        for (const name of gone) for (const kept of others) expect(kept > name).toBe(true);
      }),
    );
  });
});
