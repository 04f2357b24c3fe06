import { describe, expect, test } from "vitest";
import type { FolderSecurity } from "../../../agent/platform/windows/folders.ts";
import { win32Error } from "../../../agent/platform/windows/native/win32-error.ts";
import { checkPipe, protectPipe } from "../../../agent/platform/windows/pipe.ts";

const pipe = "\\\\.\\pipe\\vouchsafe-agent";

const security = (owner: () => string, done: string[] = []): FolderSecurity => ({
  owner,
  ownSid: () => "S-1-5-21-1-2-3-500",
  protect: (path, sddl) => void done.push(`${path} ${sddl}`),
});

describe("the control channel on Windows", () => {
  test("is for the system and administrators alone", () => {
    const done: string[] = [];
    protectPipe(
      security(() => "", done),
      pipe,
    );
    expect(done).toEqual([`${pipe} O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)`]);
  });

  test.each(["S-1-5-18", "S-1-5-32-544", "S-1-5-21-1-2-3-500"])("of %s is used", (owner) => {
    expect(
      checkPipe(
        security(() => owner),
        pipe,
      ),
    ).toBe(true);
  });

  test("of anybody else who has taken its name is refused", () => {
    const squatter = security(() => "S-1-5-21-1-2-3-1001");
    expect(() => checkPipe(squatter, pipe)).toThrow("nothing was sent to it");
  });

  test("may be missing: then no service runs", () => {
    const none = security(() => {
      throw win32Error("read the owner of", pipe, 2);
    });
    expect(checkPipe(none, pipe)).toBe(false);
  });

  test("that cannot be looked at is not used", () => {
    const closed = security(() => {
      throw win32Error("read the owner of", pipe, 5);
    });
    expect(() => checkPipe(closed, pipe)).toThrow("EPERM");
  });
});
