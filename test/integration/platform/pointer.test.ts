import { lstatSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { symlinkPointer } from "../../../agent/platform/linux/pointer.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";

let dir: string;
const pointer = symlinkPointer(nodeFileSystem);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-pointer-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("is none, then a link, then another, then none", async () => {
  expect(await pointer.read(dir)).toEqual({ kind: "none" });
  await pointer.move(dir, "generations/a");
  await pointer.move(dir, "generations/b");
  expect(await pointer.read(dir)).toEqual({ kind: "link", target: "generations/b" });
  expect(readlinkSync(join(dir, "current"))).toBe("generations/b");
  await pointer.remove(dir);
  expect(await pointer.read(dir)).toEqual({ kind: "none" });
});

test("moves over what an interrupted move left, and sweeps it", async () => {
  symlinkSync("generations/torn", join(dir, ".current-next"));
  await pointer.move(dir, "generations/a");
  symlinkSync("generations/torn", join(dir, ".current-next"));
  await pointer.sweep(dir);
  expect(() => lstatSync(join(dir, ".current-next"))).toThrow("ENOENT");
  expect(await pointer.read(dir)).toEqual({ kind: "link", target: "generations/a" });
});

test("never removes what is no link", async () => {
  writeFileSync(join(dir, "current"), "x");
  expect(await pointer.read(dir)).toEqual({ kind: "foreign" });
  await pointer.remove(dir);
  expect(lstatSync(join(dir, "current")).isFile()).toBe(true);
});

test("a reader sees the old target or the new one at every call of a move", async () => {
  await pointer.move(dir, "generations/a");
  const seen = new Set<string>();
  const watched = symlinkPointer({
    ...nodeFileSystem,
    symlink: async (target, path) => {
      seen.add(readlinkSync(join(dir, "current")));
      await nodeFileSystem.symlink(target, path);
      seen.add(readlinkSync(join(dir, "current")));
    },
    rename: async (from, to) => {
      seen.add(readlinkSync(join(dir, "current")));
      await nodeFileSystem.rename(from, to);
      seen.add(readlinkSync(join(dir, "current")));
    },
  });
  await watched.move(dir, "generations/b");
  expect([...seen]).toEqual(["generations/a", "generations/b"]);
});
