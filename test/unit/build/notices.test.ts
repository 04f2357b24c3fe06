import { describe, expect, test } from "vitest";
import { fillControl } from "../../../build/debian-package.ts";
import { packageFolderOf } from "../../../build/notices.ts";

describe("the package that a bundled file lies in", () => {
  test.each([
    ["node_modules/got/dist/index.js", "node_modules/got"],
    ["node_modules/@colors/colors/safe.js", "node_modules/@colors/colors"],
    ["node_modules/a/node_modules/@b/c/d.js", "node_modules/a/node_modules/@b/c"],
    ["agent/main.ts", undefined],
  ])("%s: %s", (input, folder) => {
    expect(packageFolderOf(input)).toBe(folder);
  });
});

test("the control file gets its version and size", () => {
  expect(fillControl("Version: @VERSION@\nInstalled-Size: @INSTALLED_SIZE@\n", "1.2.3", 99)).toBe(
    "Version: 1.2.3\nInstalled-Size: 99\n",
  );
});
