import { beforeEach, describe, expect, test } from "vitest";
import { junctionPointer } from "../../../agent/platform/windows/junction-pointer.ts";
import { patientFileSystem, pausesMs } from "../../../agent/platform/windows/patience.ts";
import { recordedTarget } from "../../../agent/store/current-json.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { errnoFailure } from "../../testkit/errno-failure.ts";
import { Death } from "../../testkit/faulty-file-system.ts";
import { type SimulatedDisk, simulatedDisk } from "../../testkit/simulated-disk.ts";
import { junctionsOf, windowsDisk } from "../../testkit/windows-disk.ts";

const dir = "/daily";
const one = "generations/1-0123456789ab";
const two = "generations/2-0123456789ab";

let disk: SimulatedDisk;
let slept: number[];

async function write(path: string, text: string): Promise<void> {
  const file = await disk.open(path, "a", 0o644);
  await file.write(Buffer.from(text), 0, text.length, null);
}

beforeEach(async () => {
  disk = simulatedDisk();
  slept = [];
  for (const path of [dir, `${dir}/generations`, `${dir}/${one}`, `${dir}/${two}`]) {
    await disk.mkdir(path, 0o755);
  }
  await disk.mkdir(`${dir}/${two}/sub`, 0o755);
  await write(`${dir}/${one}/file.txt`, "one");
  await write(`${dir}/${two}/sub/file.txt`, "two");
});

const record = async (target: string) => {
  await disk.unlink(`${dir}/current.json`).catch(() => undefined);
  await write(`${dir}/current.json`, JSON.stringify({ format: 1, path: target }));
};

/** The pointer over a Windows disk; `broken` stands between the two. */
function pointerOn(hasJunctions: boolean, broken: (fs: FileSystem) => FileSystem = (fs) => fs) {
  const clock = { sleep: async (ms: number) => void slept.push(ms) };
  const below = broken(windowsDisk(disk, hasJunctions));
  const fs = patientFileSystem(below, clock);
  const recorded = (databaseDir: string) => recordedTarget(fs, databaseDir);
  return junctionPointer({ fs, clock, junctions: junctionsOf(below), recorded });
}

/** A file system on which a scanner holds what a call would change, so many times. */
const scanner =
  (call: "rename" | "unlink" | "symlink", errno: string, times: number, to = "") =>
  (fs: FileSystem): FileSystem => {
    let left = times;
    return {
      ...fs,
      [call]: async (a: string, b: string) => {
        if (`${a} ${b}`.includes(to) && left > 0) {
          left -= 1;
          errnoFailure(errno, a);
        }
        await fs[call](a, b);
      },
    };
  };

const fileAt = async (path: string) => (await disk.readFile(`${dir}/${path}`)).toString();
const names = () => disk.readdir(dir);

describe.each([
  ["a junction", true],
  ["a folder of links, where there are no junctions", false],
])("current is %s", (_, hasJunctions) => {
  test("and is none, then one generation, then another, then none", async () => {
    const pointer = pointerOn(hasJunctions);
    expect(await pointer.read(dir)).toEqual({ kind: "none" });
    await pointer.move(dir, one);
    expect(await pointer.read(dir)).toEqual({ kind: "link", target: one });
    expect(await fileAt("current/file.txt")).toBe("one");
    await pointer.move(dir, two);
    expect(await pointer.read(dir)).toEqual({ kind: "link", target: two });
    expect(await fileAt("current/sub/file.txt")).toBe("two");
    await pointer.remove(dir);
    expect(await pointer.read(dir)).toEqual({ kind: "none" });
    expect(await names()).toEqual(["generations"]);
  });

  test("and current.json is the truth: a move that was not written down is taken back", async () => {
    const pointer = pointerOn(hasJunctions);
    await pointer.move(dir, one);
    await record(one);
    await pointer.move(dir, two);
    expect(await pointer.read(dir)).toEqual({ kind: "link", target: one });
    await pointer.sweep(dir);
    expect(await fileAt("current/file.txt")).toBe("one");
  });

  test("and is made again when somebody removed it", async () => {
    const pointer = pointerOn(hasJunctions);
    await record(two);
    await pointer.sweep(dir);
    expect(await fileAt("current/sub/file.txt")).toBe("two");
  });

  test("and a current.json that names what is not there moves nothing", async () => {
    const pointer = pointerOn(hasJunctions);
    await pointer.move(dir, one);
    await record("generations/9-0123456789ab");
    await pointer.sweep(dir);
    expect(await fileAt("current/file.txt")).toBe("one");
  });

  test.each(["{", "{}", '{"format":1,"path":"generations/../../etc"}', '{"format":1,"path":7}'])(
    "and a damaged current.json is passed over: %s",
    async (text) => {
      const pointer = pointerOn(hasJunctions);
      await pointer.move(dir, one);
      await write(`${dir}/current.json`, text);
      expect(await pointer.read(dir)).toEqual({ kind: "link", target: one });
    },
  );

  test.each(["file", "directory"])("and a %s that is not ours is never touched", async (kind) => {
    const pointer = pointerOn(hasJunctions);
    if (kind === "file") await write(`${dir}/current`, "mine");
    else await disk.mkdir(`${dir}/current`, 0o755);
    expect(await pointer.read(dir)).toEqual({ kind: "foreign" });
    await record(one);
    await pointer.sweep(dir);
    await pointer.remove(dir);
    await expect(pointer.move(dir, one)).rejects.toThrow("EEXIST");
    expect((await disk.lstat(`${dir}/current`)).kind).toBe(kind);
  });
});

describe("a junction that a scanner holds", () => {
  test.each(["EPERM", "EBUSY", "EACCES"])(
    "for a moment (%s) is moved a little later",
    async (errno) => {
      await pointerOn(true).move(dir, one);
      await pointerOn(true, scanner("symlink", errno, 3)).move(dir, two);
      expect(await fileAt("current/sub/file.txt")).toBe("two");
      expect(slept).toEqual(pausesMs.slice(0, 3));
    },
  );

  test("for good cannot be moved: the old generation stays current, and the wait has an end", async () => {
    await pointerOn(true).move(dir, one);
    const failure = pointerOn(true, scanner("symlink", "EBUSY", 1e9)).move(dir, two);
    await expect(failure).rejects.toThrow("EBUSY");
    expect(slept).toEqual(pausesMs);
    expect(await fileAt("current/file.txt")).toBe("one");
  });

  test("is not waited for when the fault is another", async () => {
    await pointerOn(true).move(dir, one);
    const failure = pointerOn(true, scanner("symlink", "EIO", 1)).move(dir, two);
    await expect(failure).rejects.toThrow("EIO");
    expect(slept).toEqual([]);
  });
});

describe("a rename-aside, where there are no junctions", () => {
  test.each(["EPERM", "EBUSY", "EACCES"])(
    "waits while a scanner holds a file (%s)",
    async (errno) => {
      await pointerOn(false).move(dir, one);
      await pointerOn(false, scanner("rename", errno, 4, "current-old")).move(dir, two);
      expect(await fileAt("current/sub/file.txt")).toBe("two");
      expect(slept.length).toBe(4);
    },
  );

  test("does not begin while a reader has a file open: the old generation stays current", async () => {
    await pointerOn(false).move(dir, one);
    const reading = (fs: FileSystem): FileSystem => {
      void fs.open(`${dir}/current/file.txt`, "r");
      return fs;
    };
    await expect(pointerOn(false, reading).move(dir, two)).rejects.toThrow("EPERM");
    expect(await fileAt("current/file.txt")).toBe("one");
  });

  test("that fails between its renames puts the old generation back", async () => {
    await pointerOn(false).move(dir, one);
    const stuck = scanner("rename", "EACCES", 11, ".current-next");
    await expect(pointerOn(false, stuck).move(dir, two)).rejects.toThrow("EACCES");
    expect(await fileAt("current/file.txt")).toBe("one");
  });

  test("that dies between its renames leaves current.json to read by, and is completed", async () => {
    await pointerOn(false).move(dir, one);
    await record(one);
    const dead = (fs: FileSystem): FileSystem => ({
      ...fs,
      rename: async (from, to) => {
        if (from.endsWith(".current-next")) throw new Death("rename");
        if (to.endsWith("/current")) throw new Death("rename");
        await fs.rename(from, to);
      },
    });
    await expect(pointerOn(false, dead).move(dir, two)).rejects.toThrow(Death);
    expect(await names()).not.toContain("current");
    const pointer = pointerOn(false);
    expect(await pointer.read(dir)).toEqual({ kind: "link", target: one });
    await pointer.sweep(dir);
    expect(await fileAt("current/file.txt")).toBe("one");
    expect(await names()).toEqual([
      "current",
      "current.json",
      "current.mirror.json",
      "generations",
    ]);
  });

  test("is not held up by a reader of the generation before: its folder goes at a later sweep", async () => {
    await pointerOn(false).move(dir, one);
    const stuck = scanner("unlink", "EBUSY", 1e9, "current-old");
    await pointerOn(false, stuck).move(dir, two);
    expect(await fileAt("current/sub/file.txt")).toBe("two");
    expect(await names()).toContain(".current-old-1");
    await pointerOn(false, stuck).move(dir, one);
    expect(await names()).toContain(".current-old-2");
    await record(one);
    await pointerOn(false).sweep(dir);
    expect(await names()).toEqual([
      "current",
      "current.json",
      "current.mirror.json",
      "generations",
    ]);
  });
});
