/** A large file is flushed while it is written, and a flush that fails is never passed over. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { writeVerifiedFile } from "../../../agent/store/verified-file.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { faultyFileSystem } from "../../testkit/faulty-file-system.ts";
import { useTempDir } from "../host/temp-dir.ts";

const dir = useTempDir();
const chunk = Buffer.alloc(1024 * 1024, "x");
const count = 20;
const expected = {
  path: "large.dat",
  length: count * chunk.length,
  sha256: sha256(Buffer.concat(Array<Buffer>(count).fill(chunk))),
};

async function* chunks(): AsyncGenerator<Buffer> {
  for (let index = 0; index < count; index += 1) yield chunk;
}

/** Writes the file with an error at one of the changing calls; 0 for none. */
async function write(at: number) {
  const fs = faultyFileSystem(nodeFileSystem, at, { kind: "error", errno: "EIO" });
  const path = dir(`at-${at}`);
  const writing = writeVerifiedFile(fs, path, chunks(), expected, () => undefined);
  return { fs, path, writing };
}

describe("a file of 20 MiB", () => {
  test("is flushed twice on the way, and refused and gone when any of its flushes fails", async () => {
    const { fs, writing } = await write(0);
    await writing;
    const flushes = fs.calls.flatMap((call, index) =>
      call.startsWith("fsync") ? [index + 1] : [],
    );
    expect(flushes).toHaveLength(3);
    for (const at of flushes) {
      const failing = await write(at);
      await expect(failing.writing).rejects.toMatchObject({ class: "disk" });
      expect(existsSync(failing.path)).toBe(false);
    }
  });
});
