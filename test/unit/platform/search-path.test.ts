import { describe, expect, test } from "vitest";
import { searchPath } from "../../../agent/platform/search-path.ts";

describe("programs of a consumer find others in the system's own folders", () => {
  test("of Unix", () => {
    expect(searchPath("linux", "C:\\Windows").split(":")).toContain("/usr/bin");
  });

  test("of Windows, wherever it lies", () => {
    const wbem = "D:\\Win\\System32\\Wbem";
    expect(searchPath("win32", "D:\\Win").split(";")).toEqual([
      "D:\\Win\\System32",
      "D:\\Win",
      wbem,
    ]);
  });
});
