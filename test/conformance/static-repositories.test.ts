/**
 * Repositories as other publishers write them (the public suite's group `static_repositories`).
 * The suite carries copies of two; here the same shapes are made afresh: the fields, the empty
 * signatures and the starting root that set them apart.
 */
import { expect, test } from "vitest";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { newTest } from "./runner.ts";
import { newSigner } from "./signers.ts";
import { day, type Simulator, simulator } from "./simulator.ts";

/** Adds the entry of a key whose holder has not signed: an empty signature. */
function leaveUnsigned(repo: Simulator, role: string, keyId: string): void {
  repo.tamper(role, ({ signatures }) => {
    const entry = signatures.find(({ keyid }) => keyid === keyId);
    if (entry === undefined) signatures.push({ keyid: keyId, sig: "" });
    else entry.sig = "";
  });
}

const owned = (owner: string) => newSigner(undefined, { "x-tuf-on-ci-keyowner": owner });
const online = () => newSigner(undefined, { "x-tuf-on-ci-online-uri": "gcpkms:projects/p/keys/k" });

async function succeeds(repo: Simulator, root: Buffer | undefined, path: string): Promise<void> {
  const { client } = await newTest(repo);
  expect(await client.init(root)).toBe(0);
  expect(await client.refresh()).toBe(0);
  expect(await client.download(path)).toBe(0);
  expect(await client.downloaded()).toEqual(["artifact"]);
}

test("test_static_repository[tuf-on-ci-0.11]", async () => {
  const repo = simulator();
  repo.published.clear();
  const [alice, bob, machine] = [owned("@alice"), owned("@bob"), online()];
  repo.setKeys("root", [alice, bob], 1);
  repo.setKeys("targets", [alice, bob], 1);
  for (const role of ["snapshot", "timestamp"] as const) {
    repo.setKeys(role, [machine], 1);
    repo.root.roles[role]["x-tuf-on-ci-expiry-period"] = 7300;
    repo.root.roles[role]["x-tuf-on-ci-signing-period"] = 60;
  }
  repo.targets["x-tuf-on-ci-expiry-period"] = 7300;
  repo.root.expires = formatUtc(repo.now + 7300 * day);
  repo.addDelegation("targets", {
    name: "delegatedrole",
    terminating: true,
    paths: ["delegatedrole/*", "delegatedrole/*/*", "delegatedrole/*/*/*"],
  });
  repo.addArtifact("delegatedrole", "artifact", "delegatedrole/artifact");
  repo.publish("root");
  leaveUnsigned(repo, "root", bob.keyId);
  repo.publish("targets", "delegatedrole", "delegatedrole", "snapshot", "snapshot", "timestamp");
  leaveUnsigned(repo, "targets", alice.keyId);
  await succeeds(repo, repo.versionsOf("root")[0], "delegatedrole/artifact");
});

test("test_static_repository[sigstore-root-signing]", async () => {
  const repo = simulator();
  repo.published.clear();
  const holders = Array.from({ length: 5 }, (_, index) => owned(`@holder-${index}`));
  for (const role of ["root", "targets"] as const) repo.setKeys(role, holders, 3);
  const machine = online();
  for (const role of ["snapshot", "timestamp"] as const) repo.setKeys(role, [machine], 1);
  // Clients start at version 12 of the root; the ones before break rules that came later.
  for (let version = 1; version <= 12; version += 1) repo.publish("root");
  for (const { keyId } of holders.slice(3)) leaveUnsigned(repo, "root", keyId);
  repo.addDelegation("targets", {
    name: "packages.example.org",
    terminating: true,
    paths: ["packages.example.org/*"],
  });
  repo.addArtifact("targets", "artifact", "trusted_root.json");
  repo.publish("targets");
  for (const { keyId } of holders.slice(0, 2)) leaveUnsigned(repo, "targets", keyId);
  repo.publish("packages.example.org", "snapshot", "timestamp");
  await succeeds(repo, repo.versionsOf("root")[11], "trusted_root.json");
});
