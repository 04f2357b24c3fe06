import { describe, expect, test } from "vitest";
import { siblingsOver } from "../../../agent/trust/siblings.ts";
import type { MetadataFetcher } from "../../../agent/trust/types.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { makeSibling, minSiblingBytes } from "../../../protocol/tuf/sibling.ts";
import { noise } from "../../testkit/database-pairs.ts";
import { memoryFetcher } from "../../testkit/memory-fetcher.ts";
import { zstdBomb } from "../../testkit/zstd-bomb.ts";

const path = "metadata/2.daily.json";
const plain = Buffer.from(`{"signed":${'{"path":"daily/file.bin"}'.repeat(100)}}`);
const listed = {
  version: 2,
  length: plain.length,
  hashes: new Map([["sha256", sha256(plain) as string]]),
};

/** Siblings over a repository that serves these bytes as the sibling of {@link path}. */
function serving(sibling: Buffer | undefined) {
  const fetcher = memoryFetcher(new Map(sibling === undefined ? [] : [[`${path}.zst`, sibling]]));
  return { siblings: siblingsOver(fetcher), requests: fetcher.requests };
}

describe("a compressed sibling", () => {
  test("stands for the plain file that is listed, and costs less", async () => {
    const sibling = makeSibling(plain);
    expect(sibling?.length).toBeLessThan(plain.length / 10);
    const { siblings, requests } = serving(sibling);
    expect(await siblings.get(path, listed, plain.length)).toEqual(plain);
    expect(requests).toEqual([`${path}.zst`]);
  });

  test("is not made of a small file, nor of one that does not become smaller", () => {
    expect(makeSibling(plain.subarray(0, minSiblingBytes - 1))).toBeUndefined();
    expect(makeSibling(noise("dense", 2000))).toBeUndefined();
  });

  test.each([
    ["of something else", makeSibling(Buffer.from(plain.toString().replace("daily", "dairy")))],
    ["that is no zstd", plain],
    ["that is cut off", makeSibling(plain)?.subarray(0, -8)],
    ["that inflates to ten gigabytes", zstdBomb(Buffer.from("{"), 10 * 2 ** 30).subarray()],
  ])("%s is let alone", async (_, sibling) => {
    const { siblings } = serving(sibling);
    expect(await siblings.get(path, listed, 1_000_000)).toBeUndefined();
  });

  test("that is missing is the last one asked for", async () => {
    const { siblings, requests } = serving(undefined);
    expect(await siblings.get(path, listed, plain.length)).toBeUndefined();
    expect(await siblings.get("metadata/3.other.json", listed, 2000)).toBeUndefined();
    expect(requests).toHaveLength(1);
  });

  test.each([
    ["of a file that is small", { ...listed, length: minSiblingBytes - 1 }],
    ["of a file whose digest is not listed", { version: 2, length: plain.length }],
  ])("%s is not asked for", async (_, small) => {
    const { siblings, requests } = serving(makeSibling(plain));
    expect(await siblings.get(path, small, plain.length)).toBeUndefined();
    expect(requests).toEqual([]);
  });

  test("that cannot be fetched ends nothing; a fault of ours does", async () => {
    const failing = (error: Error): MetadataFetcher => ({
      get: async () => {
        throw error;
      },
    });
    const refused = siblingsOver(failing(new VouchsafeError("transfer.too-large", "Too much.")));
    expect(await refused.get(path, listed, plain.length)).toBeUndefined();
    const broken = siblingsOver(failing(new TypeError("ours")));
    await expect(broken.get(path, listed, plain.length)).rejects.toThrow("ours");
  });
});
