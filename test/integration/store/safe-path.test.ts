import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkStatePath } from "../../../agent/store/safe-path.ts";
import { type FileSystem, nodeFileSystem } from "../../../host/file-system.ts";

const uid = process.getuid?.() ?? 0;
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-path-"));
  mkdirSync(join(dir, "a/state"), { recursive: true, mode: 0o755 });
});
afterEach(() => rmSync(dir, { recursive: true }));

const check = (path: string, fs: FileSystem = nodeFileSystem) =>
  checkStatePath(fs, join(dir, path), uid);
const unsafe = (part: string): unknown =>
  expect.objectContaining({ code: "disk.unsafe-path", message: expect.stringContaining(part) });

/** The real file system, but that path belongs to another user. */
function owned(path: string, owner: number): FileSystem {
  return {
    ...nodeFileSystem,
    lstat: async (asked) => {
      const stat = await nodeFileSystem.lstat(asked);
      return asked === join(dir, path) ? { ...stat, uid: owner } : stat;
    },
  };
}

describe("a state path", () => {
  test("of the agent's own is fine, below a sticky folder such as /tmp and before it exists", async () => {
    await check("a/state");
    await check("a/state/not/yet");
  });

  test.each([0o775, 0o757, 0o777])("whose parent has mode %o is refused", async (mode) => {
    chmodSync(join(dir, "a"), mode);
    await expect(check("a/state")).rejects.toEqual(unsafe("may be written by others"));
  });

  test("that is itself writable by others is refused, sticky or not", async () => {
    chmodSync(join(dir, "a/state"), 0o1777);
    await expect(check("a/state")).rejects.toEqual(unsafe("may be written by others"));
  });

  test("below a sticky folder is fine only if the next part is the agent's or root's", async () => {
    chmodSync(join(dir, "a"), 0o1777);
    await check("a/state");
    await expect(check("a/state", owned("a/state", uid + 7))).rejects.toEqual(unsafe("belongs to"));
  });

  test("with a part that belongs to somebody else is refused", async () => {
    await expect(check("a/state", owned("a", uid + 7))).rejects.toEqual(unsafe("belongs to user"));
  });

  test("through a link is judged by where it leads", async () => {
    mkdirSync(join(dir, "open/state"), { recursive: true });
    chmodSync(join(dir, "open"), 0o777);
    symlinkSync("a", join(dir, "good"));
    symlinkSync(join(dir, "open"), join(dir, "bad"));
    await check("good/state");
    await expect(check("bad/state")).rejects.toEqual(unsafe("open"));
    symlinkSync("loop", join(dir, "loop"));
    await expect(check("loop/state")).rejects.toEqual(unsafe("too many links"));
  });

  test("through a link of somebody else is refused", async () => {
    symlinkSync("a", join(dir, "theirs"));
    await expect(check("theirs/state", owned("theirs", uid + 7))).rejects.toEqual(
      unsafe("belongs to"),
    );
  });

  test("with a file in it is refused", async () => {
    writeFileSync(join(dir, "file"), "");
    await expect(check("file")).rejects.toEqual(unsafe("is not a folder"));
  });
});
