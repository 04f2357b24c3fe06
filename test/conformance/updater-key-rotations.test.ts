/** Sequences of key rotations (the public suite's group `updater_key_rotations`). */
import { describe, expect, test } from "vitest";
import { newTest } from "./runner.ts";
import { newSigner, type TestSigner } from "./signers.ts";
import { simulator } from "./simulator.ts";

/** One version of a role: the keys it is given, its threshold, and who signs it. */
interface Version {
  readonly keys: readonly number[];
  readonly threshold: number;
  readonly sigs: readonly number[];
}
const version = (keys: readonly number[], threshold: number, sigs: readonly number[]): Version => ({
  keys,
  threshold,
  sigs,
});

const five = [0, 1, 2, 3, 4];
const oneRotated = [0, 1, 3, 4, 5];
const others = [5, 6, 7, 8, 9];
const pool = Array.from({ length: 10 }, () => newSigner());
const some = (numbers: readonly number[]): TestSigner[] => numbers.flatMap((n) => pool[n] ?? []);

/** Cases that must succeed, and those whose last root must be refused. */
const rootCases: readonly (readonly [string, 0 | 1, readonly Version[]])[] = [
  ["1-of-1-key-rotation", 0, [version([1], 1, [1]), version([2], 1, [2, 1]), version([2], 1, [2])]],
  [
    "1-of-1-key-rotation-unused-signatures",
    0,
    [version([1], 1, [3, 1, 4]), version([2], 1, [3, 2, 1, 4]), version([2], 1, [3, 2, 4])],
  ],
  [
    "3-of-5-sign-with-different-keycombos",
    0,
    [
      version(five, 3, [0, 2, 4]),
      version(five, 3, [0, 4, 1]),
      version(five, 3, [0, 1, 3]),
      version(five, 3, [0, 1, 3]),
    ],
  ],
  ["3-of-5-one-key-rotated", 0, [version(five, 3, [0, 2, 4]), version(oneRotated, 3, [0, 4, 1])]],
  [
    "3-of-5-one-key-rotated-with-intermediate-step",
    0,
    [
      version(five, 3, [0, 2, 4]),
      version(oneRotated, 3, [0, 2, 4, 5]),
      version(oneRotated, 3, [0, 4, 5]),
    ],
  ],
  [
    "3-of-5-all-keys-rotated-with-intermediate-step",
    0,
    [
      version(five, 3, [0, 2, 4]),
      version(others, 3, [0, 2, 4, 5, 6, 7]),
      version(others, 3, [5, 6, 7]),
    ],
  ],
  [
    "1-of-3-threshold-increase-to-2-of-3",
    0,
    [version([1, 2, 3], 1, [1]), version([1, 2, 3], 2, [1, 2])],
  ],
  [
    "2-of-3-threshold-decrease-to-1-of-3",
    0,
    [version([1, 2, 3], 2, [1, 2]), version([1, 2, 3], 1, [1, 2]), version([1, 2, 3], 1, [1])],
  ],
  ["1-of-2-threshold-increase-to-2-of-2", 0, [version([1], 1, [1]), version([1, 2], 2, [1, 2])]],
  [
    "1-of-1-key-rotation-fail-not-signed-with-old-key",
    1,
    [version([1], 1, [1]), version([2], 1, [2, 3, 4])],
  ],
  [
    "1-of-1-key-rotation-fail-not-signed-with-new-key",
    1,
    [version([1], 1, [1]), version([2], 1, [1, 3, 4])],
  ],
  [
    "3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys",
    1,
    [version(five, 3, [0, 2, 4]), version(oneRotated, 3, [0, 2, 4])],
  ],
  [
    "3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys",
    1,
    [version(five, 3, [0, 2, 4]), version(oneRotated, 3, [0, 4, 5])],
  ],
  [
    "1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached",
    1,
    [version([1, 2, 3], 1, [1]), version([1, 2, 3], 2, [2])],
  ],
  [
    "2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-eached",
    1,
    [version([1, 2, 3], 2, [1, 2]), version([1, 2, 3], 1, [1])],
  ],
];

test.each(rootCases)("test_root_rotation[%s]", async (_name, expected, versions) => {
  const repo = simulator();
  repo.published.delete("root");
  for (const { keys, threshold, sigs } of versions) {
    repo.setKeys("root", some(keys), threshold);
    repo.signersOf("root").clear();
    for (const signer of some(sigs)) repo.signersOf("root").set(signer.keyId, signer);
    repo.publish("root");
  }
  repo.publish("targets", "snapshot", "timestamp");
  const { client } = await newTest(repo);
  expect(await client.init()).toBe(0);
  expect(await client.refresh()).toBe(expected);
  expect(await client.stored("root")).toEqual(repo.versionsOf("root").at(expected === 0 ? -1 : -2));
});

const roleCases: readonly (readonly [string, 0 | 1, Version])[] = [
  ["1-of-1-key-rotation", 0, version([2], 1, [2])],
  ["1-of-1-key-rotation-unused-signatures", 0, version([1], 1, [3, 1, 4])],
  ["1-of-1-key-rotation-fail-not-signed-with-new-key", 1, version([2], 1, [1, 3, 4])],
  [
    "3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys",
    1,
    version(oneRotated, 3, [0, 2, 4]),
  ],
  ["2-of-5-one-key-signature-mising-threshold-not-reached", 1, version(oneRotated, 3, [0, 4])],
  ["3-of-5-sign-first-combo", 0, version(five, 3, [0, 2, 4])],
  ["3-of-5-sign-second-combo", 0, version(five, 3, [0, 4, 1])],
  ["3-of-5-sign-third-combo", 0, version(five, 3, [0, 1, 3])],
  ["3-of-5-sign-fourth-combo", 0, version(five, 3, [1, 2, 3])],
  ["3-of-5-sign-fifth-combo", 0, version(five, 3, [2, 3, 4])],
];

describe("every other top-level role", () => {
  test.each(roleCases)("test_non_root_rotations[%s]", async (_name, expected, rotated) => {
    const { repo, client } = await newTest();
    expect(await client.init()).toBe(0);
    for (const role of ["timestamp", "snapshot", "targets"] as const) {
      repo.setKeys(role, some(rotated.keys), rotated.threshold);
      repo.signersOf(role).clear();
      for (const signer of some(rotated.sigs)) repo.signersOf(role).set(signer.keyId, signer);
      repo.publish("root", "targets", "snapshot", "timestamp");
      expect(await client.refresh()).toBe(expected);
      if (expected === 0) {
        expect(await client.stored(role)).toEqual(repo.versionsOf(role).at(-1));
      }
    }
  });
});
