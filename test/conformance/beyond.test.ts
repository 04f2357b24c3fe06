/** What the public suite leaves out of TUF 1.0, over the same repository and client. */
import { describe, expect, test } from "vitest";
import { pathHash } from "../../protocol/tuf/delegations.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { roleFileName } from "../../protocol/tuf/role-file.ts";
import { initialised } from "./runner.ts";
import { newSigner } from "./signers.ts";
import type { Simulator } from "./simulator.ts";

const publishAll = (repo: Simulator, ...roles: readonly string[]) =>
  repo.publish(...roles, "targets", "snapshot", "timestamp");

describe("without consistent snapshots (TUF 6.2)", () => {
  test("only roots are asked for by version, and targets by their plain names", async () => {
    const { repo, client } = await initialised();
    repo.root.consistent_snapshot = false;
    repo.addDelegation("targets", { name: "A", paths: ["*/*"] });
    repo.addArtifact("A", "found", "folder/a.txt");
    repo.publish("root");
    publishAll(repo, "A");
    expect(await client.download("folder/a.txt")).toBe(0);
    expect(repo.requests).toEqual(["root 2", "root 3", "timestamp", "snapshot", "targets", "A"]);
    expect(repo.downloads).toEqual(["folder/a.txt"]);
  });

  test("a file newer than the one that is listed is refused", async () => {
    const { repo, client } = await initialised();
    repo.root.consistent_snapshot = false;
    repo.publish("root", "targets");
    expect(await client.refresh()).toBe(1);
    expect(await client.version("targets")).toBeUndefined();
  });
});

describe("delegations by hash", () => {
  const path = "a.txt";

  test("path_hash_prefixes lead to the role that has the path's", async () => {
    const { repo, client } = await initialised();
    const hash = pathHash(path);
    const wrong = (Number.parseInt(hash.slice(0, 1), 16) ^ 1).toString(16);
    repo.addDelegation("targets", { name: "wrong", path_hash_prefixes: [wrong] });
    repo.addDelegation("targets", { name: "upper", path_hash_prefixes: [`${hash.slice(0, 2)}X`] });
    repo.addDelegation("targets", { name: "right", path_hash_prefixes: [hash.slice(0, 3)] });
    for (const role of ["wrong", "right"]) repo.addArtifact(role, role, path);
    publishAll(repo, "wrong", "upper", "right");
    expect(await client.download(path)).toBe(0);
    expect(await client.downloaded()).toEqual(["right"]);
    expect(repo.requests.slice(4)).toEqual(["right 1"]);
  });

  test("succinct roles lead to one bin, which ends the search (TAP 15)", async () => {
    const { repo, client } = await initialised();
    const bins = repo.addSuccinctRoles("targets", 5, "bin");
    const bin = `bin-${Math.floor(Number.parseInt(pathHash(path).slice(0, 2), 16) / 8)
      .toString(16)
      .padStart(2, "0")}`;
    expect(bins).toContain(bin);
    repo.addArtifact(bin, "found", path);
    publishAll(repo, ...bins);
    expect(await client.download(path)).toBe(0);
    expect(await client.downloaded()).toEqual(["found"]);
    expect(await client.download("elsewhere")).toBe(1);
    expect(repo.requests.slice(4).filter((name) => name.startsWith("bin-"))).toHaveLength(2);
  });
});

describe("a search", () => {
  test("through a chain longer than allowed is refused, not cut", async () => {
    const { repo, client } = await initialised();
    const chain = Array.from({ length: limits.delegatedRoles }, (_, index) => `r${index}`);
    let delegator = "targets";
    for (const name of chain) {
      repo.addDelegation(delegator, { name });
      delegator = name;
    }
    repo.addArtifact(delegator, "deep", "a.txt");
    publishAll(repo, ...chain);
    expect(await client.download("a.txt")).toBe(1);
    expect(await client.downloaded()).toEqual([]);
  });

  test.each(["constructor", "toString", "valueOf"])(
    "for %s finds nothing that is not listed",
    async (name) => {
      const { repo, client } = await initialised();
      expect(await client.download(name)).toBe(1);
      repo.addArtifact("targets", "listed", name);
      publishAll(repo);
      expect(await client.download(name)).toBe(0);
    },
  );

  test.each([
    "constructor",
    "__proto__",
    "hasOwnProperty",
    "Rôle ж",
    "a b+c&d=e",
    "%41",
    "*",
    "CON",
  ])("through a role named %s asks for that role, and keeps it under a safe name", async (role) => {
    const { repo, client } = await initialised();
    repo.addDelegation("targets", { name: role });
    repo.addArtifact(role, "found", "a.txt");
    publishAll(repo, role);
    expect(await client.download("a.txt")).toBe(0);
    expect(repo.requests).toContain(`${roleFileName(role)} 1`);
    expect(roleFileName(role)).toMatch(/^[A-Za-z0-9%._~-]+$/);
    expect(await client.trusted()).toContain(`${roleFileName(role)} 1`);
    repo.requests.length = 0;
    expect(await client.download("a.txt")).toBe(0);
    expect(repo.requests).toEqual(["root 2", "timestamp"]);
  });

  test("refuses a role that its delegator lists twice", async () => {
    const { repo, client } = await initialised();
    for (let count = 0; count < 2; count += 1) repo.addDelegation("targets", { name: "A" });
    repo.addArtifact("A", "found", "a.txt");
    publishAll(repo, "A");
    expect(await client.download("a.txt")).toBe(1);
  });
});

describe("thresholds", () => {
  test.each(["root", "timestamp", "snapshot", "targets"] as const)(
    "%s: one public key under two key ids counts once",
    async (role) => {
      const { repo, client } = await initialised();
      const once = newSigner();
      // The id is only a name: here two, for one key with and without a field of its own.
      const twice = { ...once, keyId: "f".repeat(64), key: { ...once.key, extra: 1 } };
      const [old] = repo.signersOf(role).values();
      repo.setKeys(role, [once, twice], 2);
      if (role === "root" && old !== undefined) repo.signersOf("root").set(old.keyId, old);
      repo.publish("root");
      publishAll(repo);
      expect(await client.refresh()).toBe(1);
      expect(await client.version(role)).toBe(role === "root" ? 1 : undefined);
    },
  );
});

describe("what was seen is remembered even if the rest did not come", () => {
  test("a snapshot that was listed by a timestamp whose snapshot never came", async () => {
    const { repo, client } = await initialised();
    publishAll(repo);
    expect(await client.refresh()).toBe(0);
    repo.timestamp.meta["snapshot.json"] = { version: 5 };
    repo.publish("timestamp");
    expect(await client.refresh()).toBe(1);
    // The thief of the timestamp's key shows a snapshot in which targets are older again.
    repo.published.delete("targets");
    repo.targets.version = 1;
    repo.publish("targets");
    for (let version = repo.snapshot.version; version < 6; version += 1) repo.publish("snapshot");
    repo.publish("timestamp");
    expect(await client.refresh()).toBe(1);
    expect(await client.version("targets")).toBe(2);
  });

  test("a root, though the timestamp after it was bad: its revocations hold", async () => {
    const { repo, client } = await initialised();
    expect(await client.refresh()).toBe(0);
    const [stolen] = repo.signersOf("timestamp").values();
    repo.setKeys("timestamp", [newSigner()], 1);
    repo.publish("root");
    repo.published.delete("timestamp");
    expect(await client.refresh()).toBe(1);
    // Now the new root is hidden, and the stolen key signs.
    repo.versionsOf("root").pop();
    repo.signersOf("timestamp").clear();
    if (stolen !== undefined) repo.signersOf("timestamp").set(stolen.keyId, stolen);
    repo.publish("timestamp");
    expect(await client.refresh()).toBe(1);
    expect(await client.version("root")).toBe(2);
  });
});
