import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { asSha256, sha256 } from "../../../protocol/bytes.ts";
import { canaryFile, canarySignature } from "../../../protocol/release/canary.ts";
import { withdraw } from "../../../publisher/proposal/withdraw.ts";
import { agentTrust } from "./agent-client.ts";
import { codeOf, readJson, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const add = (...more: readonly string[]) => {
  const keys = ["alice", "bob", "carol"].flatMap((name) => ["--key", name]);
  const folder = ["--keys", shop.path("keys")];
  return shop.run(["database", "add", "daily", "--threshold", "2", ...keys, ...folder, ...more]);
};
const repositoryId = () =>
  asSha256(sha256(readFileSync(shop.path("p", "repository", "metadata", "1.root.json"))));

/** The canary that agents would get with the release that is published now. */
async function servedCanary(kind: "hdb" | "ndb") {
  const trust = await agentTrust(shop.path("p", "repository"), shop.path("agent"), shop.now);
  await trust.refresh();
  const { version, files } = await trust.release("daily");
  const found = files.find(({ path }) => path === canaryFile(kind));
  if (found === undefined) return { version, content: undefined };
  const location = `targets/daily/${found.sha256}.${found.path}`;
  return { version, content: readFileSync(shop.path("p", "repository", location), "utf8") };
}

describe.each(["hdb", "ndb"] as const)("a database with canaries of format %s", (kind) => {
  test("each release has one for its own version, and nothing is left beside it", async () => {
    shop.now = Date.now();
    expect((await add("--json", "--canary", kind)).document()).toMatchObject({ canary: kind });
    for (const version of [1, 2]) {
      const proposed = await shop.propose({ "daily.ndb": `content ${version}` });
      expect(proposed).toMatchObject({ version, files: 2 });
      expect(existsSync(shop.path("p", "proposals", "daily", ".canary"))).toBe(false);
      await shop.approve("alice");
      await shop.approve("bob");
      await shop.publish();
      const of = { repository: repositoryId(), database: "daily", version };
      expect(await servedCanary(kind)).toEqual({ version, content: canarySignature(kind, of) });
    }
  });
});

test("a version that was withdrawn has its canary for itself", async () => {
  shop.now = Date.now();
  await add("--canary", "hdb");
  await shop.propose({ "daily.ndb": "one" });
  await withdraw(await shop.open(), "daily");
  await shop.release({ "daily.ndb": "one" });
  const of = { repository: repositoryId(), database: "daily", version: 2 };
  expect(await servedCanary("hdb")).toEqual({ version: 2, content: canarySignature("hdb", of) });
});

test("a source that has a file of that name is refused, in any spelling", async () => {
  await add("--canary", "hdb");
  for (const name of ["zz-vouchsafe-canary.hdb", "ZZ-Vouchsafe-Canary.hdb"]) {
    await expect(shop.propose({ [name]: "mine", "daily.ndb": "x" })).rejects.toEqual(
      codeOf("usage.input"),
    );
  }
  expect(existsSync(shop.path("p", "proposals", "daily"))).toBe(false);
});

test("a database without canaries has none, and may name a file as it likes", async () => {
  shop.now = Date.now();
  await add();
  await shop.release({ "zz-vouchsafe-canary.hdb": "mine" });
  expect(await servedCanary("hdb")).toMatchObject({ content: "mine" });
});

test("a format that there is not is refused before anything is signed", async () => {
  const before = readJson(shop.path("p", "repository", "metadata", "timestamp.json"));
  const { code, err } = await add("--canary", "cvd");
  expect(code).toBe(2);
  expect(err).toContain('"cvd" is no format of a canary: it is hdb or ndb');
  expect(readJson(shop.path("p", "repository", "metadata", "timestamp.json"))).toEqual(before);
});
