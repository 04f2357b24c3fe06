import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { agentTrust } from "./agent-client.ts";
import { tufJsClient } from "./tuf-js-client.ts";
import { readJson, treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const repository = (...names: string[]) => shop.path("p", "repository", ...names);
const rotate = async (...words: string[]) => {
  const { code, err, document } = await shop.run(["key", "rotate", ...words, "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return document();
};
const check = async (root?: string, state = "agent") => {
  const trust = await agentTrust(repository(), shop.path(state), shop.now, root);
  await trust.refresh();
  return trust.release("daily");
};
const propose = async (content: string) => {
  await shop.propose({ "main.txt": content });
  await shop.approve("alice");
  await shop.approve("bob");
  const { code, err } = await shop.run(["publish"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
};

describe("key rotate", () => {
  test("of every role in turn is followed by the agent and by tuf-js", async () => {
    shop.now = Date.now();
    await shop.addDatabase();
    await propose("one");
    const download = await tufJsClient(repository(), shop.path("client"));
    expect(await download("daily/main.txt")).toBe("one");
    expect((await check()).version).toBe(1);
    for (const [index, role] of ["snapshot", "timestamp", "targets", "root", "halt"].entries()) {
      await shop.run(["key", "new", `${role}-new`]);
      const rotated = await rotate(role, "--key", `${role}-new`);
      expect(rotated).toMatchObject({ role, rootVersion: Math.min(index + 2, 5) });
      expect((await check()).version).toBe(index + 1);
      await propose(`after ${role}`);
      expect((await check()).version).toBe(index + 2);
      expect(await download("daily/main.txt")).toBe(`after ${role}`);
    }
    expect((await check("5.root.json", "fresh")).version).toBe(6);
  });

  test("of root is signed by thresholds of the old and the new keys, and names the repository", async () => {
    await shop.run(["key", "new", "root-2"]);
    await shop.run(["key", "new", "root-3"]);
    await rotate("root", "--key", "root-2", "--key", "root-3");
    const root = readJson(repository("metadata", "2.root.json"));
    expect(root).toMatchObject({ signatures: { length: 3 } });
    const { repository: id } = readJson(shop.path("p", "publisher.json"));
    expect(root).toMatchObject({ signed: { repository: id, version: 2 } });
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    expect((await check()).version).toBe(1);
  });

  test("of halt keeps what is halted, under the new key", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await shop.run(["halt", "daily", "1", "--reason", "bad"]);
    await shop.run(["key", "new", "halt-new"]);
    await rotate("halt", "--key", "halt-new");
    expect(await check()).toMatchObject({ halted: true, stop: { reason: "bad" } });
    const old = await shop.run(["halt", "daily", "1", "--lift", "--key", "halt"]);
    expect(old.err).toContain("may not halt");
    expect((await shop.run(["halt", "daily", "1", "--lift"])).code).toBe(0);
    expect(await check()).not.toHaveProperty("halted");
  });

  test.each([
    ["a role that there is not", ["daily", "--key", "alice"], "is none of root"],
    ["no key", ["snapshot"], "has one key"],
    ["two keys for an online role", ["snapshot", "--key", "alice", "--key", "bob"], "has one key"],
    ["one key twice", ["root", "--key", "alice", "--key", "alice"], "one and the same key"],
    ["a threshold out of reach", ["root", "--key", "alice", "--threshold", "2"], "1 to 1"],
    ["the keys that the role has", ["snapshot", "--key", "snapshot"], "exactly these keys"],
    ["a key that there is not", ["snapshot", "--key", "nobody"], 'no key "nobody"'],
  ])("refuses %s and changes nothing", async (_, words, message) => {
    const before = treeOf(shop.path("p"));
    const { code, err } = await shop.run(["key", "rotate", ...words]);
    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(treeOf(shop.path("p"))).toEqual(before);
  });

  test("refuses without enough of the old root keys, or the new key's private half", async () => {
    await shop.run(["key", "new", "snapshot-2"]);
    const pub = readFileSync(shop.path("keys", "snapshot-2.pub"));
    writeFileSync(shop.path("snapshot-2.pub"), pub);
    const before = treeOf(shop.path("p"));
    const elsewhere = ["--keys", shop.path("empty"), "--key", shop.path("snapshot-2.pub")];
    const { code, err } = await shop.run(["key", "rotate", "snapshot", ...elsewhere]);
    expect(err).toContain("holds 0 of the 1 keys that root needs");
    expect(code).toBe(2);
    expect(treeOf(shop.path("p"))).toEqual(before);
  });
});
