import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  makeArchive,
  maxArchiveBytes,
  type Part,
} from "../../../agent/doctor/diagnostics/archive.ts";
import { makeRedactor } from "../../../agent/doctor/diagnostics/redact.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { tarEntries } from "../../../protocol/release/tar.ts";

const secret = "correct horse battery";
const redact = makeRedactor([{ what: "passphrase", value: secret }]);

const part = (name: string, text: string, maxLength = 1000): Part => ({
  name,
  about: `about ${name}`,
  maxLength,
  read: async () => text,
});

/** The files of an archive, by the strict reader of bundles. */
async function filesOf(parts: readonly Part[]): Promise<ReadonlyMap<string, string>> {
  const tar = gunzipSync((await makeArchive(parts, redact, ["head"])).bytes);
  const files = new Map<string, string>();
  const read = async (offset: number, length: number) => tar.subarray(offset, offset + length);
  for await (const { path, size, offset } of tarEntries(read, tar.length, 100)) {
    files.set(
      path.replace("vouchsafe-diagnostics/", ""),
      tar.toString("utf8", offset, offset + size),
    );
  }
  return files;
}

describe("an archive of diagnostics", () => {
  test("begins with a manifest of what is in it and of what was taken out", async () => {
    const files = await filesOf([part("a.txt", `x ${secret} y ${secret}`), part("b.txt", "z")]);
    expect([...files.keys()]).toEqual(["MANIFEST.txt", "a.txt", "b.txt"]);
    expect(files.get("a.txt")).toBe("x [redacted: passphrase] y [redacted: passphrase]");
    const manifest = files.get("MANIFEST.txt") ?? "";
    expect(manifest).toMatch(/^head\n/);
    expect(manifest).toContain("a.txt: about a.txt (49 bytes)\n  taken out: passphrase, 2 times\n");
    expect(manifest).toContain("b.txt: about b.txt (1 bytes)\n");
  });

  test("of a part that is too long keeps the end, and never half a secret", async () => {
    const text = `${"-".repeat(50)}${secret}${"+".repeat(10)}`;
    for (let kept = 1; kept < 60; kept += 1) {
      const files = await filesOf([part("a.txt", text, kept)]);
      const left = files.get("a.txt") ?? "";
      expect(left).toHaveLength(kept);
      expect(left).not.toMatch(/horse|battery|attery/);
      expect(files.get("MANIFEST.txt")).toContain("the end of a longer text");
    }
  });

  test("tells of a part that cannot be read, in place of it", async () => {
    const broken: Part = {
      ...part("a.txt", ""),
      read: () => Promise.reject(new VouchsafeError("disk.permission", `No: ${secret}.`)),
    };
    const files = await filesOf([broken, part("b.txt", "z")]);
    expect(files.get("a.txt")).toBe("This could not be read: No: [redacted: passphrase].\n");
    expect(files.get("b.txt")).toBe("z");
  });

  test("is bounded as a whole, in bytes, whatever its parts may be", async () => {
    const half = "ä".repeat(maxArchiveBytes / 3);
    const parts = ["a", "b", "c"].map((name) => part(name, half, maxArchiveBytes));
    const { parts: written } = await makeArchive(parts, redact, []);
    const bytes = written.reduce((sum, one) => sum + one.bytes.length, 0);
    expect(bytes).toBeLessThanOrEqual(maxArchiveBytes);
    expect(written).toHaveLength(3);
  });
});
