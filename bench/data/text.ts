/**
 * A text database in the manner of ClamAV: `Name:0:*:hex`. In a day 320 signatures come, 100 go and
 * 45 change, anywhere in the file.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { MakePair } from "./pair.ts";
import { type Random, seededRandom } from "./random.ts";

const added = 320;
const removed = 100;
const changed = 45;
const file = "text.ndb";
const families = [
  "Trojan.Agent",
  "Malware.Generic",
  "Worm.Mydoom",
  "Dropper.Small",
  "Adware.Bundler",
];

/** Signatures of one family share most of their bytes, as real ones do. */
const makeLine = (random: Random, number: number): string => {
  const family = random.below(families.length);
  const stem = (family * 2_654_435_761).toString(16).padStart(12, "0").repeat(4).slice(0, 46);
  const own = random.bytes(15).toString("hex");
  return `Win.${families[family] ?? ""}-${number}:0:*:${stem}${own}\n`;
};

const places = (random: Random, lineCount: number, count: number): ReadonlySet<number> => {
  const found = new Set<number>();
  while (found.size < count) found.add(random.below(lineCount));
  return found;
};

function* day(lineCount: number, newer: boolean): Generator<string> {
  const random = seededRandom("text database");
  const change = seededRandom("text database, one day later");
  const [gains, losses, edits] = [
    places(change, lineCount, added),
    places(change, lineCount, removed),
    places(change, lineCount, changed),
  ];
  let pending: string[] = [];
  for (let number = 0; number < lineCount; number += 1) {
    const line = makeLine(random, number);
    if (newer && gains.has(number)) pending.push(makeLine(change, lineCount + number));
    if (newer && edits.has(number)) pending.push(line.replace(":0:", ":1:"));
    else if (!newer || !losses.has(number)) pending.push(line);
    if (pending.length < 4_000) continue;
    yield pending.join("");
    pending = [];
  }
  yield pending.join("");
}

const makePairOf =
  (lineCount: number): MakePair =>
  async (olderDir, newerDir) => {
    await pipeline(day(lineCount, false), createWriteStream(join(olderDir, file)));
    await pipeline(day(lineCount, true), createWriteStream(join(newerDir, file)));
    return { file };
  };

/** Writes both days of 126 MB. */
export const makeTextPair = makePairOf(1_190_000);

/** Writes both days of 500 MB. */
export const makeLargeTextPair = makePairOf(4_710_000);
