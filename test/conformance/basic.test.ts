/** The client workflow in its plain cases (the public suite's group `basic`). */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canonicalBytes } from "../../protocol/canonical.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { initialised, newTest } from "./runner.ts";
import { newSigner } from "./signers.ts";
import { day } from "./simulator.ts";

const all = ["root", "targets", "snapshot", "timestamp"] as const;
const firstRequests = ["root 2", "timestamp", "snapshot 1", "targets 1"];

test("test_basic_refresh_requests", async () => {
  const { repo, client } = await initialised();
  expect(await client.refresh()).toBe(0);
  expect(repo.requests).toEqual(firstRequests);
});

test("test_basic_refresh_trusted_data", async () => {
  const { repo, client } = await initialised();
  expect(await client.refresh()).toBe(0);
  for (const role of all) expect(await client.stored(role)).toEqual(repo.versionsOf(role)[0]);
});

test("test_implicit_refresh", async () => {
  const { repo, client } = await initialised();
  expect(await client.download("nonexistent artifact")).toBe(1);
  expect(repo.requests).toEqual(firstRequests);
  for (const role of all) expect(await client.stored(role)).toEqual(repo.versionsOf(role)[0]);
});

test("test_invalid_initial_root", async () => {
  const { repo, client } = await newTest();
  repo.tamper("root", ({ signed }) => Reflect.deleteProperty(signed, "version"));
  await client.init();
  expect(await client.refresh()).toBe(1);
  expect(repo.requests).toEqual([]);
});

test("test_unsigned_initial_root", async () => {
  const { repo, client } = await newTest();
  const stranger = newSigner();
  repo.tamper("root", ({ signatures: [signature], signed }) => {
    if (signature !== undefined) signature.sig = stranger.sign(canonicalBytes(signed));
  });
  await client.init();
  expect(await client.refresh()).toBe(1);
  expect(repo.requests).toEqual([]);
});

test.each([
  ["root", ["root 1"]],
  ["timestamp", ["root 2"]],
  ["snapshot", ["root 2", "timestamp 2"]],
  ["targets", ["root 2", "snapshot 2", "timestamp 2"]],
])("test_unsigned_metadata[%s]", async (role, trusted) => {
  const { repo, client } = await newTest();
  const root = repo.versionsOf("root")[0];
  repo.signersOf(role).clear();
  repo.publish(...all);
  expect(await client.init(root)).toBe(0);
  expect(await client.refresh()).toBe(1);
  expect(await client.trusted()).toEqual(trusted);
});

test.each([
  ["root", ["root 1"]],
  ["snapshot", ["root 2", "timestamp 2"]],
  ["targets", ["root 2", "snapshot 2", "timestamp 2"]],
])("test_url_and_metadata_version_mismatch[%s]", async (role, trusted) => {
  const { repo, client } = await newTest();
  const part = repo.parts.get(role);
  if (part !== undefined) part.version += 1;
  repo.publish("root", "targets");
  // The address says 2 and so does whoever lists the file; only the file itself says 3.
  if (role === "targets") repo.snapshot.meta["targets.json"] = { version: 2 };
  repo.publish("snapshot");
  repo.timestamp.meta["snapshot.json"] = { version: 2 };
  repo.publish("timestamp");
  expect(await client.init()).toBe(0);
  expect(await client.refresh()).toBe(1);
  expect(await client.trusted()).toEqual(trusted);
});

test("test_timestamp_content_changes", async () => {
  const { repo, client } = await initialised();
  expect(await client.refresh()).toBe(0);
  const before = await client.stored("timestamp");
  repo.timestamp.meta["snapshot.json"] = { version: 100 };
  repo.published.delete("timestamp");
  repo.publish("timestamp");
  expect(await client.refresh()).toBe(0);
  expect(repo.requests.at(-1)).toBe("timestamp");
  expect(await client.stored("timestamp")).toEqual(before);
});

test("test_basic_metadata_hash_support", async () => {
  const { repo, client } = await initialised();
  repo.options.hashes = true;
  repo.publish("targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("targets")).toBe(2);
});

test("test_targets_hash_mismatch", async () => {
  const { repo, client } = await initialised();
  repo.options.hashes = true;
  repo.publish("targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  repo.publish("targets");
  const entry = repo.snapshot.meta["targets.json"];
  if (entry !== undefined) entry.hashes = { sha256: "0".repeat(64) };
  repo.publish("snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.version("snapshot")).toBe(3);
  expect(await client.version("targets")).toBe(2);
});

test("test_snapshot_hash_mismatch", async () => {
  const { repo, client } = await initialised();
  repo.options.hashes = true;
  repo.publish("snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  repo.publish("snapshot");
  const entry = repo.timestamp.meta["snapshot.json"];
  if (entry !== undefined) entry.hashes = { sha256: "0".repeat(64) };
  repo.publish("timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.version("snapshot")).toBe(2);
  expect(await client.version("timestamp")).toBe(3);
});

test("test_metadata_bytes_match", async () => {
  const { repo, client } = await initialised();
  const bytes = Buffer.concat([
    repo.versionsOf("timestamp").pop() ?? Buffer.alloc(0),
    Buffer.from(" "),
  ]);
  repo.versionsOf("timestamp").push(bytes);
  expect(await client.refresh()).toBe(0);
  expect(await readFile(join(client.metadataDir, "timestamp.json"))).toEqual(bytes);
});

test("test_custom_fields", async () => {
  const { repo, client } = await initialised();
  expect(await client.refresh()).toBe(0);
  repo.root["custom-field"] = "value";
  repo.addKey("root", newSigner(undefined, { "extra-field": { a: 1, b: 2 } }));
  repo.root.roles.root["another-field"] = "value";
  repo.publish("root");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("root")).toBe(2);
});

test("test_deprecated_keyid_hash_algorithms", async () => {
  const { repo, client } = await initialised();
  repo.setKeys("snapshot", [newSigner(undefined, { keyid_hash_algorithms: "md5" })], 1);
  repo.publish("root", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("root")).toBe(2);
  expect(await client.version("snapshot")).toBe(2);
});

test("test_snapshot_404", async () => {
  const { repo, client } = await initialised();
  expect(await client.refresh()).toBe(0);
  repo.timestamp.meta["snapshot.json"] = { version: 2 };
  repo.publish("timestamp");
  expect(await client.refresh()).toBe(1);
  expect(repo.requests.at(-1)).toBe("snapshot 2");
  expect(await client.trusted()).toEqual(["root 1", "snapshot 1", "targets 1", "timestamp 2"]);
});

test("test_targets_404", async () => {
  const { repo, client } = await initialised();
  expect(await client.refresh()).toBe(0);
  repo.snapshot.meta["targets.json"] = { version: 2 };
  repo.publish("snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  expect(repo.requests.at(-1)).toBe("targets 2");
  expect(await client.trusted()).toEqual(["root 1", "snapshot 2", "targets 1", "timestamp 2"]);
});

test("test_timestamp_404", async () => {
  const { repo, client } = await initialised();
  expect(await client.refresh()).toBe(0);
  repo.published.delete("timestamp");
  expect(await client.refresh()).toBe(1);
  expect(repo.requests.at(-1)).toBe("timestamp");
});

test("test_incorrect_metadata_type", async () => {
  const { repo, client } = await initialised();
  const [signer] = repo.signersOf("timestamp").values();
  repo.addKey("snapshot", signer);
  // Valid as a timestamp in all but its type, and signed by the timestamp's key too.
  repo.snapshot.meta = { "snapshot.json": { version: 1 } };
  repo.publish("root", "snapshot");
  repo.versionsOf("timestamp").push(repo.versionsOf("snapshot").pop() ?? Buffer.alloc(0));
  expect(await client.refresh()).toBe(1);
  expect(await client.trusted()).toEqual(["root 2"]);
});

test("test_faketime", async () => {
  const { repo, client } = await initialised();
  repo.root.expires = formatUtc(repo.now + 7 * day);
  repo.publish("root");
  expect(await client.refresh()).toBe(0);
  expect(await client.refresh(repo.now + 8 * day)).toBe(1);
});
