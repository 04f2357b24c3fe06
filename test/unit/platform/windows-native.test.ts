import { describe, expect, test } from "vitest";
import { mountPointBuffer } from "../../../agent/platform/windows/native/reparse.ts";
import { win32Error } from "../../../agent/platform/windows/native/win32-error.ts";
import { errnoOf } from "../../../protocol/errors.ts";

test("a junction as bytes is as MS-FSCC says, for C:\\a", () => {
  const expected = [
    "030000a0 2400 0000", // tag of a mount point, length of what follows, reserved
    "0000 1000 1200 0800", // substitute name at 0 of 16 bytes, print name at 18 of 8
    "5c00 3f00 3f00 5c00 4300 3a00 5c00 6100 0000", // \??\C:\a
    "4300 3a00 5c00 6100 0000",
  ];
  const hex = expected.join("").replaceAll(" ", "");
  expect(mountPointBuffer("C:\\a").toString("hex")).toBe(hex);
});

describe("an error of Windows is told as one of the file system", () => {
  test.each([
    [1, "ENOTSUP"],
    [50, "ENOTSUP"],
    [32, "EBUSY"],
    [5, "EPERM"],
    [3, "ENOENT"],
    [1117, "EIO"],
  ])("%i is %s", (code, errno) => {
    const error = win32Error("open", "C:\\x", code);
    expect(errnoOf(error)).toBe(errno);
    expect(error.message).toContain(`Windows error ${code}`);
  });
});
