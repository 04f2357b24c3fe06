import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { removeTree } from "../../../host/durable.ts";
import { type FileSystem, nodeFileSystem, type OpenFlags } from "../../../host/file-system.ts";
import { errnoOf } from "../../../protocol/errors.ts";
import { afterPowerLoss, seededRandom } from "../../testkit/power-loss.ts";
import { simulatedDisk } from "../../testkit/simulated-disk.ts";

/** One call on a file system below a folder, as a value that both file systems can be given. */
type Call = (fs: FileSystem, folder: string) => Promise<unknown>;

const paths = fc.constantFrom("a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "link", "link/a");
const flags = fc.constantFrom<OpenFlags>("r", "wx", "a", "r+");

async function writeThrough(fs: FileSystem, path: string, flag: OpenFlags): Promise<unknown> {
  const file = await fs.open(path, flag, 0o600);
  try {
    if (flag !== "r") await file.write(Buffer.from("some bytes"), 0, 10, null);
    if (flag === "r+") await file.truncate(4);
    await file.chmod(0o640);
    await file.sync();
    const buffer = Buffer.alloc(8);
    const count = flag === "r" || flag === "r+" ? await file.read(buffer, 0, 8, 1) : 0;
    const { kind, size, mode, nlink } = await file.stat();
    return { count, read: buffer.toString(), kind, size, mode, nlink };
  } finally {
    await file.close();
  }
}

const stats = async (fs: FileSystem, path: string, how: "stat" | "lstat") => {
  const { kind, size, mode, nlink } = await fs[how](path);
  return kind === "file" ? { kind, size, mode, nlink } : { kind };
};

/** Where both paths of a call are wrong, systems differ in which one they name first. */
const failsSomehow =
  (call: Call): Call =>
  async (fs, top) => {
    try {
      await call(fs, top);
      return "done";
    } catch (error) {
      return errnoOf(error) === undefined ? error : "failed";
    }
  };

const calls: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(paths, flags).map<Call>(
    ([a, flag]) =>
      (fs, top) =>
        writeThrough(fs, join(top, a), flag),
  ),
  paths.map<Call>((a) => (fs, top) => fs.mkdir(join(top, a), 0o755)),
  paths.map<Call>((a) => (fs, top) => fs.rmdir(join(top, a))),
  paths.map<Call>((a) => (fs, top) => fs.unlink(join(top, a))),
  paths.map<Call>((a) => (fs, top) => fs.chmod(join(top, a), 0o750)),
  fc.constant<Call>((fs, top) => fs.symlink("d", join(top, "link"))),
  paths.map<Call>((a) => async (fs, top) => (await fs.readFile(join(top, a))).toString()),
  paths.map<Call>((a) => async (fs, top) => (await fs.readdir(join(top, a))).toSorted()),
  paths.map<Call>((a) => (fs, top) => fs.readlink(join(top, a))),
  paths.map<Call>((a) => (fs, top) => stats(fs, join(top, a), "stat")),
  paths.map<Call>((a) => (fs, top) => stats(fs, join(top, a), "lstat")),
  fc
    .tuple(paths, paths)
    .map<Call>(([a, b]) => failsSomehow((fs, top) => fs.rename(join(top, a), join(top, b)))),
  fc
    .tuple(paths, paths)
    .map<Call>(([a, b]) => failsSomehow((fs, top) => fs.link(join(top, a), join(top, b)))),
);

async function answerOf(call: Call, fs: FileSystem, folder: string): Promise<unknown> {
  try {
    return (await call(fs, folder)) ?? "done";
  } catch (error) {
    return errnoOf(error) ?? error;
  }
}

describe.runIf(process.platform !== "win32")("the simulated disk", () => {
  test("answers any calls as the real file system does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(calls, { minLength: 5, maxLength: 40 }), async (sequence) => {
        const real = mkdtempSync(join(tmpdir(), "vouchsafe-disk-"));
        const simulated = simulatedDisk();
        await simulated.mkdir("/top", 0o755);
        try {
          for (const call of sequence) {
            const expected = await answerOf(call, nodeFileSystem, real);
            expect(await answerOf(call, simulated, "/top")).toEqual(expected);
          }
        } finally {
          await removeTree(nodeFileSystem, real);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("a power loss", () => {
  /** `/file` is there, durable; then it is replaced by a new one, with the given fsyncs. */
  async function replaced(fsyncs: { readonly file: boolean; readonly folder: boolean }) {
    const disk = simulatedDisk();
    const write = async (path: string, text: string, sync: boolean) => {
      const file = await disk.open(path, "wx", 0o600);
      await file.write(Buffer.from(text), 0, text.length, null);
      if (sync) await file.sync();
      await file.close();
    };
    await write("/file", "old", true);
    await disk.syncDir("/");
    await write("/next", "new", fsyncs.file);
    await disk.rename("/next", "/file");
    if (fsyncs.folder) await disk.syncDir("/");
    return disk;
  }
  const random = seededRandom(1);
  const textOf = async (disk: FileSystem) => (await disk.readFile("/file")).toString();

  test("keeps what was fsynced, whatever else is lost", async () => {
    const disk = afterPowerLoss(await replaced({ file: true, folder: true }), "nothing", random);
    expect(await textOf(disk)).toBe("new");
    expect(await disk.readdir("/")).toEqual(["file"]);
  });

  test("takes a rename back that was not", async () => {
    const disk = await replaced({ file: true, folder: false });
    expect(await textOf(afterPowerLoss(disk, "nothing", random))).toBe("old");
    expect(await textOf(disk)).toBe("new");
  });

  test("leaves the name without the data of a file that was not", async () => {
    const disk = await replaced({ file: false, folder: true });
    expect(await textOf(afterPowerLoss(disk, "names without data", random))).toBe("");
  });

  test("never does half of a rename, and tears what was not fsynced in more than one way", async () => {
    const disk = await replaced({ file: false, folder: false });
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed += 1) {
      seen.add(await textOf(afterPowerLoss(disk, "a mixture", seededRandom(seed))));
    }
    expect([...seen]).toEqual(expect.arrayContaining(["old", "new", "", "n", "ne", "n\0\0"]));
    expect([...seen].filter((text) => !/^(old|n?e?w?\0*)$/.test(text))).toEqual([]);
  });

  test("cuts an append short, and never what was durable before it", async () => {
    const disk = simulatedDisk();
    const file = await disk.open("/log", "a", 0o600);
    await file.write(Buffer.from("first\n"), 0, 6, null);
    await file.sync();
    await disk.syncDir("/");
    await file.write(Buffer.from("second\n"), 0, 7, null);
    for (let seed = 0; seed < 100; seed += 1) {
      const found = afterPowerLoss(disk, "a mixture", seededRandom(seed));
      expect((await found.readFile("/log")).toString()).toMatch(/^first\n[second]*\n?\0*$/);
    }
  });
});
