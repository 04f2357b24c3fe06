/** Guards on real files: measured in pieces, whatever a file holds. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GuardsConfig } from "../../../agent/config/types.ts";
import { commandConsumer } from "../../../agent/consumer/command.ts";
import { guarded } from "../../../agent/consumer/guards/guarded.ts";
import { measure } from "../../../agent/consumer/guards/measure.ts";
import { noConsumer } from "../../../agent/consumer/none.ts";
import { type FileSystem, nodeFileSystem } from "../../../host/file-system.ts";
import { runProcess } from "../../../host/process.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-guards-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function generation(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(dir, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const guards: GuardsConfig = {
  mustExist: ["a.csv"],
  records: [
    { files: "*.csv", count: "lines", comment: "#", maxFall: 10 },
    { files: "sub/*", count: "bytes", maxFall: 10 },
  ],
};
const rows = (count: number): string => "a,b,c\n".repeat(count);
const codeOf = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe("measuring", () => {
  test("counts the files that match, together, and gives the size of all", async () => {
    const folder = generation("1", {
      "a.csv": `# head\n${rows(3)}`,
      "b.csv": rows(2),
      "sub/x.bin": Buffer.alloc(1000),
      "sub/y.csv": rows(1),
      "notes.txt": "x",
    });
    const { files, records } = await measure(nodeFileSystem, folder, guards);
    expect(records).toEqual([5, 1006]);
    expect(Object.fromEntries(files)).toEqual({
      "a.csv": 25,
      "b.csv": 12,
      "sub/x.bin": 1000,
      "sub/y.csv": 6,
      "notes.txt": 1,
    });
  });

  test("reads a file of one 40 MB line in pieces, and only the files that count", async () => {
    const folder = generation("1", { "a.csv": Buffer.alloc(40_000_000, "x"), "b.txt": "unread" });
    let largest = 0;
    const opened: string[] = [];
    const watched: FileSystem = {
      ...nodeFileSystem,
      open: async (path, flags) => {
        opened.push(path);
        const file = await nodeFileSystem.open(path, flags);
        return {
          ...file,
          read: (buffer, offset, length, position) => {
            largest = Math.max(largest, buffer.length);
            return file.read(buffer, offset, length, position);
          },
        };
      },
    };
    const { records } = await measure(watched, folder, guards);
    expect(records).toEqual([1, 0]);
    expect(largest).toBeLessThanOrEqual(1024 * 1024);
    expect(opened).toEqual([join(folder, "a.csv")]);
  });
});

describe("guards before a trial", () => {
  const subject = (path: string) => ({ database: "asn", version: 2, path });

  test("a truncated list is refused with its numbers, and the consumer is never asked", async () => {
    const staged = generation("2", { "a.csv": rows(50) });
    symlinkSync(generation("1", { "a.csv": rows(100) }), join(dir, "current"));
    const asked = commandConsumer(
      { type: "command", trial: ["/usr/bin/touch", join(dir, "asked")], timeoutMs: 5000 },
      runProcess,
      async () => undefined,
    );
    const consumer = guarded(asked, guards, nodeFileSystem, join(dir, "current"));
    await expect(consumer.trial(subject(staged))).rejects.toEqual(
      codeOf(
        "consumer.trial-failed",
        /asn breaks a guard: the lines of \*\.csv fall from 100 to 50/,
      ),
    );
    await expect(nodeFileSystem.stat(join(dir, "asked"))).rejects.toThrow("ENOENT");
    writeFileSync(join(staged, "a.csv"), rows(90));
    await consumer.trial(subject(staged));
    await nodeFileSystem.stat(join(dir, "asked"));
  });

  test("the first installation, or one after a lost generation, is compared with nothing", async () => {
    const staged = generation("2", { "a.csv": rows(1) });
    const consumer = guarded(noConsumer, guards, nodeFileSystem, join(dir, "current"));
    await consumer.trial(subject(staged));
    symlinkSync(join(dir, "gone"), join(dir, "current"));
    await consumer.trial(subject(staged));
  });

  test("a file that must exist", async () => {
    const consumer = guarded(noConsumer, guards, nodeFileSystem, join(dir, "current"));
    await expect(consumer.trial(subject(generation("2", { "b.csv": "x" })))).rejects.toEqual(
      codeOf("consumer.trial-failed", /a\.csv is missing/),
    );
  });

  test("an abort is passed on", async () => {
    const staged = generation("2", { "a.csv": rows(1) });
    const consumer = guarded(noConsumer, guards, nodeFileSystem, join(dir, "current"));
    const stopped = AbortSignal.abort(new Error("stopped"));
    await expect(consumer.trial(subject(staged), stopped)).rejects.toThrow("stopped");
  });
});
