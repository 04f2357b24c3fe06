/** Expiry, and what is kept when it strikes (the public suite's group `expiration`). */
import { expect, test } from "vitest";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { initialised } from "./runner.ts";
import { day } from "./simulator.ts";

const refreshed = async () => {
  const { repo, client } = await initialised();
  expect(await client.refresh()).toBe(0);
  return { repo, client };
};

test("test_root_expired", async () => {
  const { repo, client } = await refreshed();
  repo.publish("root");
  expect(await client.refresh()).toBe(0);
  repo.root.expires = formatUtc(repo.now - day);
  repo.publish("root", "targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  // TUF 5.3.8 comes before 5.3.10: the root is kept, nothing else moves.
  expect(await client.version("root")).toBe(3);
  expect(await client.version("timestamp")).toBe(1);
  expect(await client.version("snapshot")).toBe(1);
});

test("test_timestamp_expired", async () => {
  const { repo, client } = await refreshed();
  repo.timestamp.expires = formatUtc(repo.now - 5 * day);
  repo.publish("timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.trusted()).toEqual(["root 1", "snapshot 1", "targets 1", "timestamp 1"]);
});

test("test_snapshot_expired", async () => {
  const { repo, client } = await refreshed();
  repo.snapshot.expires = formatUtc(repo.now - 5 * day);
  repo.publish("snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.trusted()).toEqual(["root 1", "snapshot 1", "targets 1", "timestamp 2"]);
});

test("test_targets_expired", async () => {
  const { repo, client } = await refreshed();
  repo.targets.expires = formatUtc(repo.now - 5 * day);
  repo.publish("targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.trusted()).toEqual(["root 1", "snapshot 2", "targets 1", "timestamp 2"]);
});

test("test_expired_local_root", async () => {
  const { repo, client } = await initialised();
  repo.root.expires = formatUtc(repo.now + 7 * day);
  repo.publish("root");
  expect(await client.refresh()).toBe(0);
  repo.root.expires = formatUtc(repo.now + 21 * day);
  repo.publish("root");
  expect(await client.refresh(repo.now + 18 * day)).toBe(0);
  expect(await client.version("root")).toBe(3);
});

test("test_expired_local_timestamp", async () => {
  const { repo, client } = await initialised();
  repo.timestamp.expires = formatUtc(repo.now + 7 * day);
  repo.publish("timestamp");
  expect(await client.refresh()).toBe(0);
  repo.timestamp.expires = formatUtc(repo.now + 21 * day);
  repo.publish("targets", "snapshot", "timestamp");
  expect(await client.refresh(repo.now + 18 * day)).toBe(0);
  expect(await client.trusted()).toEqual(["root 1", "snapshot 2", "targets 2", "timestamp 3"]);
});
