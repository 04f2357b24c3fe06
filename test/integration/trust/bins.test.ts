import { describe, expect, test } from "vitest";
import { binDelegations, binOf } from "../../../protocol/release/bins.ts";
import { parseEnvelope } from "../../../protocol/tuf/envelope.ts";
import { limits } from "../../../protocol/tuf/limits.ts";
import { signEnvelope } from "../../../protocol/tuf/sign.ts";
import type { MemoryPublisher } from "../../testkit/memory-publisher.ts";
import { namedSigner } from "../../testkit/memory-publisher.ts";
import { codeOf, trustFixture } from "../../testkit/trust-fixture.ts";

const at = trustFixture();
const contents = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}.txt`, `v1 ${i}`]));

/** The bin of f0.txt among eight. */
const noKeys = { keys: new Map(), keyIds: [], threshold: 1 };
const home = binOf(binDelegations("large", noKeys, 3, "path_hash_prefixes"), "large/f0.txt") ?? "";

async function publishBinned(
  publisher: MemoryPublisher,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  publisher.release("large", files);
  await publisher.publish();
}

async function checkLarge() {
  const trust = await at.open();
  await trust.refresh();
  return trust.release("large");
}

describe.each(["path_hash_prefixes", "succinct_roles"] as const)(
  "a database in bins (%s)",
  (style) => {
    test("is one release: all files of all bins, in any order", async () => {
      at.publisher.addDatabase("large", undefined, { count: 8, style });
      await publishBinned(at.publisher, contents);
      const { files, version } = await checkLarge();
      expect(version).toBe(1);
      expect(files.map(({ path }) => path).toSorted()).toEqual(Object.keys(contents).toSorted());
    });

    test("is refused when a bin of another release is swapped in, whoever signed the snapshot", async () => {
      at.publisher.addDatabase("large", undefined, { count: 8, style });
      await publishBinned(at.publisher, contents);
      const old = at.publisher.files.get(`metadata/1.${home}.json`) ?? Buffer.alloc(0);
      at.publisher.release("large", { ...contents, "f0.txt": "v2" });
      at.publisher.replaceRole(home, old, 1);
      await at.publisher.publish();
      await expect(checkLarge()).rejects.toThrow(codeOf("trust.release"));
    });

    test("is refused when a stranger signed a bin", async () => {
      at.publisher.addDatabase("large", undefined, { count: 8, style });
      await publishBinned(at.publisher, contents);
      const good = at.publisher.files.get(`metadata/1.${home}.json`) ?? Buffer.alloc(0);
      const { signed } = parseEnvelope(good, limits.targetsBytes);
      at.publisher.release("large", contents);
      at.publisher.replaceRole(home, await signEnvelope(signed, [namedSigner("mallory")]), 1);
      await at.publisher.publish();
      await expect(checkLarge()).rejects.toThrow(codeOf("trust.signature"));
    });
  },
);
