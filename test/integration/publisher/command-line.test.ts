import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { acquireLock } from "../../../host/lock.ts";
import { isArray, type JsonObject, own } from "../../../protocol/json.ts";
import { clientView } from "./client-view.ts";
import { passphrase, readJson, treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
/** A text in a document. */
function textOf(document: JsonObject, name: string): string {
  const value = own(document, name);
  if (typeof value !== "string") throw new Error(`${name} is no text`);
  return value;
}

const people = ["--key", "alice", "--key", "bob", "--key", "carol"];

describe("the way of a release on the command line", () => {
  test("init, key new, database add, propose, approve twice, publish, status, refresh", async () => {
    const dir = shop.path("new", "p");
    const env = { VOUCHSAFE_PASSPHRASE: "x y", VOUCHSAFE_PUBLISHER_DIR: dir };
    const run = (...argv: string[]) => shop.run([...argv, "--json"], { env });
    const made = await run("init", dir, "--root-keys", "1");
    expect({ code: made.code, err: made.err }).toEqual({ code: 0, err: "" });
    expect(made.document()).toMatchObject({ result: "initialised", directory: dir });
    const keys = own(made.document(), "keys");
    expect(isArray(keys) ? keys.length : 0).toBe(5);
    expect((await run("key", "new", "alice")).document()).toMatchObject({ result: "created" });
    expect((await run("key", "new", "bob")).code).toBe(0);
    const added = await run("database", "add", "daily", "--key", "alice", "--key", "bob");
    expect(added.document()).toMatchObject({ result: "added", threshold: 2, targetsVersion: 2 });
    const source = shop.write(shop.path("source"), { "main.txt": "one" });
    const proposed = await run("propose", "daily", source, "--label", "first");
    expect(proposed.document()).toMatchObject({ result: "proposed", version: 1, label: "first" });
    const digest = textOf(proposed.document(), "digest");
    const first = await run("approve", "daily", "--key", "alice", "--digest", digest);
    expect(first.document()).toMatchObject({ result: "approved", approvals: 1, threshold: 2 });
    const early = await run("publish");
    expect(early.code).toBe(8);
    expect(early.document()).toMatchObject({ error: { code: "proposal.approvals" } });
    expect((await run("approve", "daily", "--key", "bob")).code).toBe(0);
    const published = await run("publish");
    expect(published.document()).toMatchObject({
      result: "published",
      databases: [{ name: "daily", version: 1, label: "first" }],
    });
    expect((await run("publish")).document()).toMatchObject({ result: "current" });
    expect((await run("refresh")).document()).toMatchObject({ result: "refreshed" });
    expect((await run("status")).document()).toMatchObject({ publication: "finished" });
    expect(clientView(`${dir}/repository`, shop.now).databases).toEqual({
      daily: { version: 1, files: { "main.txt": "one" } },
    });
    const roles = (await run("key", "list")).document();
    expect(own(roles, "keys")).toMatchObject([
      { name: "alice", roles: ["daily"] },
      { name: "bob", roles: ["daily"] },
      { name: "halt", roles: ["halt"] },
      { name: "root-1", roles: ["root"] },
      { name: "snapshot", roles: ["snapshot"] },
      { name: "targets", roles: ["targets"] },
      { name: "timestamp", roles: ["timestamp"] },
    ]);
  });

  test("speaks to a person in plain lines, and shows the difference before it signs", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one\n" });
    await shop.propose({ "main.txt": "one\ntwo\n" });
    const { code, out } = await shop.run(["approve", "daily", "--key", "alice"]);
    expect(code).toBe(0);
    expect(out).toMatch(/changed {2}main\.txt {2}4 bytes → 8 bytes {2}1 lines → 2 lines/);
    expect(out).toMatch(/Approved with [0-9a-f]{12}: 1 of 2 approvals\./);
    const status = await shop.run(["status"]);
    expect(status.out).toMatch(/approved by: alice\n {4}waits for 1 of: bob, carol/);
  });
});

describe("approve on the command line", () => {
  /** A terminal at which somebody types. */
  const terminal = (typed: string) => Object.assign(Readable.from([typed]), { isTTY: true });

  test("asks on a terminal, and a no signs nothing", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    const before = treeOf(shop.path("p"));
    const no = await shop.run(["approve", "daily", "--key", "alice"], { stdin: terminal("n\n") });
    expect(no.code).toBe(2);
    expect(no.err).toContain("Sign daily 1? [y/N]");
    expect(treeOf(shop.path("p"))).toEqual(before);
    const yes = await shop.run(["approve", "daily", "--key", "alice"], { stdin: terminal("y\n") });
    expect(yes.code).toBe(0);
  });

  test("signs only the digest that was asked for", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    const other = await shop.run([
      "approve",
      "daily",
      "--key",
      "alice",
      "--digest",
      "0".repeat(64),
    ]);
    expect(other.code).toBe(3);
    expect(other.err).toContain("has another digest");
    const malformed = await shop.run(["approve", "daily", "--key", "alice", "--digest", "abc"]);
    expect(malformed.code).toBe(2);
  });

  test("refuses a wrong passphrase with exit code 2, and changes nothing", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    const before = treeOf(shop.path("p"));
    const env = { VOUCHSAFE_PASSPHRASE: "wrong", VOUCHSAFE_PUBLISHER_DIR: shop.path("p") };
    const { code, err } = await shop.run(["approve", "daily", "--key", "alice"], { env });
    expect(code).toBe(2);
    expect(err).toContain("does not open");
    expect(err).not.toContain("wrong");
    expect(treeOf(shop.path("p"))).toEqual(before);
  });

  test("takes the passphrase of one key before the common one, and one from a file", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    const dir = { VOUCHSAFE_PUBLISHER_DIR: shop.path("p") };
    const alices = {
      ...dir,
      VOUCHSAFE_PASSPHRASE: "wrong",
      VOUCHSAFE_PASSPHRASE_ALICE: passphrase,
    };
    expect((await shop.run(["approve", "daily", "--key", "alice"], { env: alices })).code).toBe(0);
    writeFileSync(shop.path("secret"), `${passphrase}\n`);
    const file = ["approve", "daily", "--key", "bob", "--passphrase-file", shop.path("secret")];
    expect((await shop.run(file, { env: dir })).code).toBe(0);
    const input = ["approve", "daily", "--key", "carol", "--passphrase-file", "-"];
    const stdin = Readable.from([`${passphrase}\n`]);
    expect((await shop.run(input, { env: dir, stdin })).code).toBe(0);
  });

  test("signs with another program, which gets the exact bytes and no passphrase", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    const { sign } = await shop.keyOf("bob");
    const role = readFileSync(shop.path("p", "proposals", "daily", "role.json"));
    const script = (name: string, text: string): string => {
      writeFileSync(shop.path(name), `#!/bin/sh\n${text}\n`);
      chmodSync(shop.path(name), 0o700);
      return shop.path(name);
    };
    const good = script(
      "good",
      `cat > ${shop.path("got")}; env > ${shop.path("env")}; echo ${await sign(role)}`,
    );
    const run = (signer: string) => shop.run(["approve", "daily", "--signer", signer]);
    expect((await run(script("failing", "exit 3"))).code).toBe(2);
    expect((await run(script("silent", "true"))).err).toContain("printed no signature in hex");
    expect((await run(shop.path("missing"))).err).toContain("cannot be run");
    expect((await run(script("stranger", `echo ${"ab".repeat(64)}`))).err).toContain(
      "not of a key that may approve",
    );
    expect((await run(good)).code).toBe(0);
    expect(readFileSync(shop.path("got"))).toEqual(role);
    expect(readFileSync(shop.path("env"), "utf8")).not.toContain(passphrase);
  });
});

describe("bad input", () => {
  test.each([
    [
      "a folder that is none",
      ["status", "--dir", "/nonexistent"],
      2,
      "is not a publisher's folder",
    ],
    ["an unknown key", ["database", "add", "daily", "--key", "dave"], 2, 'no key "dave"'],
    ["no key", ["database", "add", "daily"], 2, "needs a key"],
    ["a reserved name", ["database", "add", "halt", "--key", "alice"], 2, "is reserved"],
    ["a name like a bin", ["database", "add", "geo-0f", "--key", "alice"], 2, "taken for a bin"],
    ["no number", ["database", "add", "daily", "--threshold", "two", ...people], 2, "whole number"],
    [
      "a threshold of none",
      ["database", "add", "daily", "--threshold", "0", ...people],
      2,
      "1 to 3",
    ],
    [
      "an unreachable one",
      ["database", "add", "daily", "--threshold", "4", ...people],
      2,
      "1 to 3",
    ],
    [
      "one key twice",
      ["database", "add", "daily", "--key", "bob", "--key", "bob"],
      2,
      "the same key",
    ],
    ["a key's name as a path", ["key", "new", "../evil"], 2, "is no key name"],
    ["a key that exists", ["key", "new", "alice"], 2, "exists already"],
    ["neither key nor signer", ["approve", "daily"], 2, "either --key or --signer"],
    ["a database that is none", ["approve", "daily", "--key", "alice"], 2, "no database"],
    ["nothing to withdraw", ["withdraw", "daily"], 2, "no database"],
  ])("%s: one sentence, the right exit code, nothing changed", async (_, argv, code, sentence) => {
    const before = treeOf(shop.dir);
    const result = await shop.run(argv);
    expect(result.err).toContain(sentence);
    expect(result.err.split("\n")).toHaveLength(3); // the sentence, the advice, the last line's end
    expect(result.code).toBe(code);
    expect(result.out).toBe("");
    expect(treeOf(shop.dir)).toEqual(before);
  });

  test("a passphrase that nobody gives is named with its variable", async () => {
    const env = { VOUCHSAFE_PUBLISHER_DIR: shop.path("p") };
    const { code, err } = await shop.run(["refresh"], { env });
    expect(code).toBe(2);
    expect(err).toContain("VOUCHSAFE_PASSPHRASE is not set");
  });

  test("init refuses a folder in use, keys inside of it, keys that exist, odd thresholds", async () => {
    const before = treeOf(shop.dir);
    const init = (...argv: string[]) => shop.run(["init", ...argv]);
    expect((await init(shop.path("p"))).err).toContain("is not an empty folder");
    const inside = await init(shop.path("q"), "--keys", shop.path("q", "keys"));
    expect(inside.err).toContain("must lie outside");
    expect((await init(shop.path("q"))).err).toContain("exists already");
    const odd = ["--keys", shop.path("k"), "--root-keys", "2", "--root-threshold", "3"];
    expect((await init(shop.path("q"), ...odd)).err).toContain("root threshold must be 1 to 2");
    expect(treeOf(shop.dir)).toEqual(before);
  });

  test("settings: a newer format, an unknown key and broken text are told apart", async () => {
    const path = shop.path("p", "publisher.json");
    const settings = readJson(path);
    const failing = async (text: string) => {
      writeFileSync(path, text);
      const { code, document } = await shop.run(["status", "--json"]);
      expect(code).toBe(2);
      return own(document(), "error");
    };
    expect(await failing(JSON.stringify({ ...settings, format: 2 }))).toMatchObject({
      code: "format.newer",
    });
    expect(await failing(JSON.stringify({ ...settings, colour: 1 }))).toMatchObject({
      code: "config.invalid",
    });
    expect(await failing("{")).toMatchObject({ code: "config.syntax" });
  });

  test("a root that is not the repository's own is refused", async () => {
    const path = shop.path("p", "repository", "metadata", "1.root.json");
    writeFileSync(path, `${readFileSync(path, "utf8")}\n`);
    expect((await shop.run(["status"])).code).toBe(4);
  });

  test("a folder that another command works on ends with exit code 7", async () => {
    await shop.addDatabase();
    const lock = await acquireLock(shop.path("p", "lock.sqlite"), { waitMs: 0 });
    let waited = 0;
    const clock = {
      now: () => new Date(shop.now),
      monotonicMs: () => waited,
      sleep: async (ms: number) => {
        waited += ms;
      },
    };
    const { code, err } = await shop.run(["publish"], { clock });
    lock.release();
    expect(code).toBe(7);
    expect(err).toContain("holds the lock");
  });
});

test("a key file or a public half elsewhere serves as well as a name", async () => {
  mkdirSync(shop.path("stick"));
  await nodeFileSystem.rename(shop.path("keys", "alice.key"), shop.path("stick", "alice.key"));
  const add = [
    "database",
    "add",
    "daily",
    "--threshold",
    "1",
    "--key",
    shop.path("keys", "alice.pub"),
  ];
  expect((await shop.run(add)).code).toBe(0);
  await shop.propose({ "main.txt": "one" });
  const half = await shop.run(["approve", "daily", "--key", "alice"]);
  expect(half.err).toContain("Only the public half of alice lies here.");
  const file = await shop.run(["approve", "daily", "--key", shop.path("stick", "alice.key")]);
  expect(file.code).toBe(0);
  expect((await shop.run(["withdraw", "daily"])).code).toBe(0);
  expect(existsSync(shop.path("p", "proposals", "daily"))).toBe(false);
});
