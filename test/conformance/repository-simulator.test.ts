/** The simulated repository itself (the public suite's group `repository_simulator`). */
import { expect, test } from "vitest";
import { sha256 } from "../../protocol/bytes.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { day, simulator } from "./simulator.ts";

const newest = (repo: ReturnType<typeof simulator>, role: string) =>
  JSON.parse(repo.versionsOf(role).at(-1)?.toString() ?? "").signed;

test("test_repo_initialzation_unittest", () => {
  const repo = simulator();
  expect([...repo.published.keys()].toSorted()).toEqual([
    "root",
    "snapshot",
    "targets",
    "timestamp",
  ]);
  for (const role of repo.published.keys()) expect(newest(repo, role).version).toBe(1);
});

test("test_basic_metadata_hash_support_unittest", () => {
  const repo = simulator();
  repo.options.hashes = true;
  repo.publish("targets", "snapshot", "timestamp");
  expect(newest(repo, "snapshot").version).toBe(2);
  const bytes = repo.versionsOf("snapshot").at(-1) ?? Buffer.alloc(0);
  expect(newest(repo, "timestamp").meta["snapshot.json"]).toEqual({
    version: 2,
    length: bytes.length,
    hashes: { sha256: sha256(bytes) },
  });
});

test("test_update_timestamp", () => {
  const repo = simulator();
  const past = formatUtc(repo.now - 5 * day);
  repo.timestamp.expires = past;
  repo.publish("timestamp");
  expect(newest(repo, "timestamp").expires).toBe(past);
});
