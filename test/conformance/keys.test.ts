/** Thresholds, duplicates and kinds of keys (the public suite's group `keys`). */
import { expect, test } from "vitest";
import { canonicalBytes } from "../../protocol/canonical.ts";
import { initialised, newTest } from "./runner.ts";
import { keyKinds, newSigner } from "./signers.ts";

test("test_snapshot_does_not_meet_threshold", async () => {
  const { repo, client } = await newTest();
  repo.setKeys("snapshot", [newSigner(), newSigner(), newSigner()], 3);
  repo.publish("root", "targets", "snapshot", "timestamp");
  expect(await client.init()).toBe(0);
  expect(await client.refresh()).toBe(0);
  const [first = ""] = repo.signersOf("snapshot").keys();
  repo.signersOf("snapshot").delete(first);
  repo.publish("targets", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.version("snapshot")).toBe(2);
});

test("test_snapshot_has_too_few_keys", async () => {
  const { repo, client } = await initialised();
  for (let count = 0; count < 4; count += 1) repo.addKey("snapshot");
  expect(repo.root.roles.snapshot.keyids).toHaveLength(5);
  repo.root.roles.snapshot.threshold = 6;
  repo.publish("root", "snapshot", "timestamp");
  expect(await client.refresh()).toBe(1);
  expect(await client.version("root")).toBe(2);
  expect(await client.version("snapshot")).toBeUndefined();
});

test("test_duplicate_keys", async () => {
  const { repo, client } = await initialised();
  const signer = newSigner();
  for (let count = 0; count < 9; count += 1) repo.addKey("snapshot", signer);
  repo.root.roles.snapshot.threshold = 6;
  repo.publish("root", "snapshot", "timestamp");
  repo.tamper("snapshot", ({ signatures }) => {
    const own = signatures.filter(({ keyid }) => keyid === signer.keyId);
    for (let count = 0; count < 8; count += 1) signatures.push(...own);
  });
  expect(await client.refresh()).toBe(1);
  expect(await client.version("snapshot")).toBeUndefined();
});

test("test_duplicate_sig_keyids", async () => {
  const { repo, client } = await initialised();
  repo.tamper("snapshot", ({ signatures }) => signatures.push(...signatures));
  expect(await client.refresh()).toBe(1);
  expect(await client.version("snapshot")).toBeUndefined();
});

test.each(keyKinds)("test_keytype_and_scheme[%s]", async (kind) => {
  const { repo, client } = await initialised();
  const signer = repo.addKey("root", newSigner(kind));
  repo.root.roles.root.threshold += 1;
  repo.publish("root");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("root")).toBe(2);

  // A signature of the right form and length, by another key of that kind.
  const stranger = newSigner(kind);
  repo.publish("root");
  repo.tamper("root", ({ signatures, signed }) => {
    const own = signatures.find(({ keyid }) => keyid === signer.keyId);
    if (own !== undefined) own.sig = stranger.sign(canonicalBytes(signed));
  });
  expect(await client.refresh()).toBe(1);
  expect(await client.version("root")).toBe(2);
});

test("test_invalid_sig_in_valid_metadata", async () => {
  const { repo, client } = await initialised();
  const [original = ""] = repo.signersOf("timestamp").keys();
  repo.addKey("timestamp");
  repo.publish("root", "timestamp");
  const spoil = (sig: string) =>
    repo.tamper("timestamp", ({ signatures }) => {
      for (const entry of signatures) if (entry.keyid === original) entry.sig = sig;
    });
  const stranger = newSigner();
  spoil(stranger.sign(Buffer.from("something else")));
  expect(await client.refresh()).toBe(0);
  repo.publish("timestamp");
  spoil("");
  expect(await client.refresh()).toBe(0);
  expect(await client.version("timestamp")).toBe(3);
});
