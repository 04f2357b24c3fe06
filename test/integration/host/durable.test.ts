/** Durable writes on a real file system, and with a disk that fails at any one call. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import {
  appendLineDurable,
  makeDirDurable,
  readFileBounded,
  readFileIfExists,
  removeTemporaries,
  removeTree,
  writeFileDurable,
} from "../../../host/durable.ts";
import { type FileSystem, nodeFileSystem } from "../../../host/file-system.ts";
import { modeOf, useTempDir } from "./temp-dir.ts";

const fs = nodeFileSystem;
const path = useTempDir();
const bytes = (text: string): Uint8Array => Buffer.from(text);

/** The real file system, except that the named calls (also of open files) fail. */
function failing(calls: readonly string[], code: string): FileSystem {
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));
  const broken = (call: string): boolean => calls.includes(call);
  return {
    ...fs,
    ...(broken("rename") ? { rename: refuse } : {}),
    ...(broken("syncDir") ? { syncDir: refuse } : {}),
    ...(broken("unlink") ? { unlink: refuse } : {}),
    open: async (...args) => {
      if (broken("open")) return refuse();
      const file = await fs.open(...args);
      return {
        ...file,
        ...(broken("write") ? { write: refuse } : {}),
        ...(broken("sync") ? { sync: refuse } : {}),
        ...(broken("chmod") ? { chmod: refuse } : {}),
      };
    },
  };
}

describe("writeFileDurable", () => {
  test("makes a file of exactly that mode, whatever the umask", async () => {
    await writeFileDurable(fs, path("a"), bytes("new"), { mode: 0o664 });
    expect(readFileSync(path("a"), "utf8")).toBe("new");
    expect(modeOf(path("a"))).toBe(0o664);
  });

  test("replaces what was there and leaves nothing beside it", async () => {
    writeFileSync(path("a"), "old");
    await writeFileDurable(fs, path("a"), bytes("new"), { mode: 0o600 });
    expect(readFileSync(path("a"), "utf8")).toBe("new");
    expect(readdirSync(path())).toEqual(["a"]);
  });

  test("writes everything when the system takes a byte at a time", async () => {
    const slow: FileSystem = {
      ...fs,
      open: async (...args) => {
        const file = await fs.open(...args);
        return { ...file, write: (buffer, offset, _, at) => file.write(buffer, offset, 1, at) };
      },
    };
    await writeFileDurable(slow, path("a"), bytes("piecemeal"), { mode: 0o600 });
    expect(readFileSync(path("a"), "utf8")).toBe("piecemeal");
  });

  test.each(["open", "write", "sync", "chmod", "rename"])(
    "keeps the old file whole and cleans up when %s fails",
    async (call) => {
      writeFileSync(path("a"), "old");
      const write = writeFileDurable(failing([call], "ENOSPC"), path("a"), bytes("new"), {
        mode: 0o600,
      });
      await expect(write).rejects.toMatchObject({
        code: "disk.full",
        message: `Cannot write ${path("a")} (ENOSPC).`,
      });
      expect(readFileSync(path("a"), "utf8")).toBe("old");
      expect(readdirSync(path())).toEqual(["a"]);
    },
  );

  test("does not hide that the directory could not be made durable", async () => {
    const broken = failing(["syncDir"], "EIO");
    const write = writeFileDurable(broken, path("a"), bytes("new"), { mode: 0o600 });
    await expect(write).rejects.toMatchObject({ code: "disk.io" });
  });

  test("tells the first error, not that of cleaning up; a later sweep removes the rest", async () => {
    const broken = failing(["write", "unlink"], "EIO");
    const write = writeFileDurable(broken, path("a"), bytes("new"), { mode: 0o600 });
    await expect(write).rejects.toThrow("Cannot write");
    writeFileSync(path(".keep.tmp"), "");
    expect(await removeTemporaries(fs, path())).toBe(1);
    expect(readdirSync(path())).toEqual([".keep.tmp"]);
  });

  test("exclusive: makes a file, but never replaces one", async () => {
    const options = { mode: 0o600, exclusive: true };
    await writeFileDurable(fs, path("a"), bytes("first"), options);
    const again = writeFileDurable(fs, path("a"), bytes("second"), options);
    await expect(again).rejects.toMatchObject({ code: "disk.io", details: { errno: "EEXIST" } });
    expect(readFileSync(path("a"), "utf8")).toBe("first");
    expect(readdirSync(path())).toEqual(["a"]);
  });
});

describe("appendLineDurable", () => {
  test("makes the file, then adds to it", async () => {
    await appendLineDurable(fs, path("log"), "one", { mode: 0o640 });
    await appendLineDurable(fs, path("log"), "two", { mode: 0o640 });
    expect(readFileSync(path("log"), "utf8")).toBe("one\ntwo\n");
    expect(modeOf(path("log"))).toBe(0o640);
  });

  test("ends a line that a crash cut short", async () => {
    writeFileSync(path("log"), "one\ntw");
    await appendLineDurable(fs, path("log"), "three", { mode: 0o600 });
    expect(readFileSync(path("log"), "utf8")).toBe("one\ntw\nthree\n");
  });

  test("refuses a line that is two", async () => {
    const append = appendLineDurable(fs, path("log"), "one\ntwo", { mode: 0o600 });
    await expect(append).rejects.toMatchObject({ code: "internal.unexpected" });
    expect(existsSync(path("log"))).toBe(false);
  });
});

describe("makeDirDurable", () => {
  test("makes all that is missing, with that mode, and syncs each parent", async () => {
    const synced: string[] = [];
    const watched: FileSystem = {
      ...fs,
      syncDir: async (dir) => {
        synced.push(dir);
        await fs.syncDir(dir);
      },
    };
    await makeDirDurable(watched, path("a", "b", "c"), 0o770);
    expect([modeOf(path("a")), modeOf(path("a", "b", "c"))]).toEqual([0o770, 0o770]);
    expect(synced).toEqual([path(), path("a"), path("a", "b")]);
  });

  test("leaves one that exists as it is", async () => {
    mkdirSync(path("a"), { mode: 0o700 });
    await makeDirDurable(fs, path("a"), 0o755);
    expect(modeOf(path("a"))).toBe(0o700);
  });

  test("says so when a file is in the way", async () => {
    writeFileSync(path("a"), "");
    for (const wanted of [path("a"), path("a", "b")]) {
      await expect(makeDirDurable(fs, wanted, 0o700)).rejects.toMatchObject({ code: "disk.io" });
    }
  });
});

describe("removeTree", () => {
  test("removes sealed folders too, and links without what they lead to", async () => {
    writeFileSync(path("outside"), "stays");
    mkdirSync(path("t", "sealed"), { recursive: true });
    writeFileSync(path("t", "sealed", "file"), "x", { mode: 0o400 });
    symlinkSync(path("outside"), path("t", "link"));
    symlinkSync(path(), path("t", "folder-link"));
    await fs.chmod(path("t", "sealed"), 0o555);
    await removeTree(fs, path("t"));
    expect(readdirSync(path())).toEqual(["outside"]);
  });

  test("of a link removes the link", async () => {
    mkdirSync(path("real"));
    symlinkSync("real", path("link"));
    await removeTree(fs, path("link"));
    expect(readdirSync(path())).toEqual(["real"]);
  });

  test("of nothing does nothing", async () => {
    await expect(removeTree(fs, path("none"))).resolves.toBeUndefined();
  });
});

describe("reading", () => {
  test("takes a file up to the cap, to the byte", async () => {
    writeFileSync(path("a"), "12345");
    expect((await readFileBounded(fs, path("a"), 5)).toString()).toBe("12345");
    await expect(readFileBounded(fs, path("a"), 4)).rejects.toMatchObject({
      code: "disk.too-large",
    });
  });

  test("holds the cap for a file that grows after the look", async () => {
    writeFileSync(path("a"), "1234567890");
    const growing: FileSystem = {
      ...fs,
      open: async (...args) => {
        const file = await fs.open(...args);
        return { ...file, stat: async () => ({ ...(await file.stat()), size: 2 }) };
      },
    };
    expect((await readFileBounded(growing, path("a"), 10)).toString()).toBe("1234567890");
    await expect(readFileBounded(growing, path("a"), 9)).rejects.toMatchObject({
      code: "disk.too-large",
    });
  });

  test("of what does not exist is undefined, or an error that names it", async () => {
    expect(await readFileIfExists(fs, path("none"), 10)).toBeUndefined();
    const bounded = readFileBounded(fs, path("none"), 10);
    await expect(bounded).rejects.toThrow(`The file ${path("none")} does not exist.`);
  });

  test("of a folder or a device is an error, at once", async () => {
    await expect(readFileIfExists(fs, path(), 10)).rejects.toMatchObject({ code: "disk.io" });
    await expect(readFileBounded(fs, "/dev/zero", 10)).rejects.toMatchObject({ code: "disk.io" });
  });
});
