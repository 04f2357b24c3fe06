/** Databases of several kinds, each with the release that follows it; the same in every run. */
import { createHash } from "node:crypto";

/** Bytes that look random and follow from a name. */
export function noise(name: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 64 < length; block += 1) {
    blocks.push(createHash("sha512").update(`${name} ${block}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** Signatures, one a line. */
function lines(from: number, to: number): string[] {
  const made: string[] = [];
  for (let index = from; index < to; index += 1) {
    const digest = createHash("md5").update(`signature ${index}`).digest("hex");
    made.push(`${digest}:${(index * 7919) % 1_000_000}:Win.Trojan.Agent-${index}-0\n`);
  }
  return made;
}

function text(): [Buffer, Buffer] {
  const before = lines(0, 8000);
  const after = before.filter((_, index) => index % 997 !== 5);
  after.splice(3000, 0, ...lines(9000, 9020));
  after.push(...lines(9100, 9180));
  return [Buffer.from(before.join("")), Buffer.from(after.join(""))];
}

const pageBytes = 4096;

/** Pages of fixed size, some of them changed in place, some moved, some new. */
function pages(): [Buffer, Buffer] {
  const before = Array.from({ length: 120 }, (_, index) => {
    const used = Buffer.concat([Buffer.from([13, 0, 0, index]), noise(`page ${index}`, 2500)]);
    return Buffer.concat([used, Buffer.alloc(pageBytes - used.length)]);
  });
  const after = before.map((page, index) => {
    if (index % 17 !== 3) return page;
    const changed = Buffer.from(page);
    noise(`cell ${index}`, 90).copy(changed, 300);
    return changed;
  });
  const [moved] = after.splice(20, 1);
  if (moved !== undefined) after.splice(90, 0, moved);
  after.push(Buffer.concat([noise("new page", 1800), Buffer.alloc(pageBytes - 1800)]));
  return [Buffer.concat(before), Buffer.concat(after)];
}

/** Nothing in common. */
const random = (): [Buffer, Buffer] => [noise("one", 300_000), noise("another", 310_000)];

/** Pairs by kind: old and new. */
export const databasePairs: Readonly<Record<string, () => [Buffer, Buffer]>> = {
  text,
  pages,
  random,
  "the same": () => [noise("same", 50_000), noise("same", 50_000)],
  "an empty old file": () => [Buffer.alloc(0), noise("new", 20_000)],
  "all zeros": () => [Buffer.alloc(100_000), Buffer.alloc(140_000)],
  "less than a block": () => [Buffer.from("ten bytes."), Buffer.from("eleven bytes")],
};
