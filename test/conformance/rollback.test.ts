/** Rollbacks, and the way out of a fast-forward (the public suite's group `rollback`). */
import { expect, test } from "vitest";
import { initialised } from "./runner.ts";
import { newSigner } from "./signers.ts";

const times = (count: number, run: () => void) => {
  for (let round = 0; round < count; round += 1) run();
};
const hashCases = [
  ["basic", false],
  ["with hashes", true],
] as const;

test("test_new_timestamp_version_rollback", async () => {
  const { repo, client } = await initialised();
  repo.publish("timestamp");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("timestamp")).toBe(2);
  repo.published.delete("timestamp");
  repo.timestamp.version = 1;
  repo.publish("timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.version("timestamp")).toBe(2);
  expect(repo.requests.at(-1)).toBe("timestamp");
});

test.each(hashCases)("test_snapshot_rollback[%s]", async (_name, hashes) => {
  const { repo, client } = await initialised();
  repo.options.hashes = hashes;
  repo.publish("snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  repo.published.delete("snapshot");
  repo.snapshot.version = 1;
  repo.publish("snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.version("timestamp")).toBe(2);
  expect(await client.version("snapshot")).toBe(2);
  expect(repo.requests.at(-1)).toBe("timestamp");
});

test("test_targets_role_removal", async () => {
  const { repo, client } = await initialised();
  repo.addDelegation("targets", { name: "delegated", paths: ["delegatedpath/*"] });
  repo.publish("delegated", "targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  delete repo.snapshot.meta["delegated.json"];
  repo.publish("snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.version("snapshot")).toBe(2);
});

test("test_targets_fast_forward_recovery", async () => {
  const { repo, client } = await initialised();
  repo.addDelegation("targets", { name: "delegated", paths: ["delegatedpath/*"] });
  repo.publish("delegated");
  times(99, () => repo.publish("targets"));
  repo.publish("snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("targets")).toBe(100);
  repo.setKeys("snapshot", [newSigner()], 1);
  repo.published.delete("targets");
  repo.targets.version = 1;
  delete repo.snapshot.meta["delegated.json"];
  repo.publish("root", "targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("targets")).toBe(1);
});

test("test_new_snapshot_fast_forward_recovery", async () => {
  const { repo, client } = await initialised();
  times(99, () => repo.publish("snapshot"));
  repo.publish("timestamp");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("snapshot")).toBe(100);
  repo.setKeys("snapshot", [newSigner()], 1);
  repo.setKeys("timestamp", [newSigner()], 1);
  repo.published.delete("snapshot");
  repo.snapshot.version = 1;
  repo.publish("root", "targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("snapshot")).toBe(1);
});

test("test_new_timestamp_fast_forward_recovery", async () => {
  const { repo, client } = await initialised();
  times(99, () => repo.publish("timestamp"));
  expect(await client.refresh()).toBe(0);
  expect(await client.version("timestamp")).toBe(100);
  repo.setKeys("timestamp", [newSigner()], 1);
  repo.published.delete("timestamp");
  repo.timestamp.version = 1;
  repo.publish("root", "timestamp");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("timestamp")).toBe(1);
});

test.each(hashCases)("test_targets_rollback[%s]", async (_name, hashes) => {
  const { repo, client } = await initialised();
  repo.options.hashes = hashes;
  repo.publish("targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  repo.published.delete("targets");
  repo.targets.version = 1;
  repo.publish("targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.version("snapshot")).toBe(2);
  expect(await client.version("targets")).toBe(2);
});
