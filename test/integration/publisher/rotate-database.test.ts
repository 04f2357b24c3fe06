import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { binStyles } from "../../../protocol/release/bins.ts";
import { readPublished } from "../../../publisher/repository/published.ts";
import { readStatus } from "../../../publisher/repository/status.ts";
import { agentTrust } from "./agent-client.ts";
import { clientView } from "./client-view.ts";
import { rotationsOf } from "./rotation-shop.ts";
import { tufJsClient } from "./tuf-js-client.ts";
import { codeOf, day, type Files, treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const { rotate, withdraw, approve, personNamed } = rotationsOf(shop);
const repository = () => shop.path("p", "repository");
const signed = () => shop.path("p", "proposals", "targets", "role.json");
const check = async (state: string, database = "daily") => {
  const trust = await agentTrust(repository(), shop.path(state), shop.now);
  await trust.refresh();
  return (await trust.release(database)).version;
};
const view = () => clientView(repository(), shop.now);
const many: Files = Object.fromEntries(
  Array.from({ length: 24 }, (_, index) => [`f${index}.txt`, `line ${index}`]),
);
const ways = [undefined, ...binStyles.map((style) => ({ count: 4, style }))];
const stayed = ["bob", "carol", "dave"];

describe.each(ways)("other keys for a database in bins %j", (bins) => {
  test("come with its next release, which they alone approve, in one snapshot", async () => {
    shop.now = Date.now();
    await shop.addDatabase("daily", 0, bins);
    await shop.release(many);
    const download = await tufJsClient(repository(), shop.path("client"));
    expect(await download("daily/f7.txt")).toBe("line 7");
    expect(await check("every")).toBe(1);
    expect(await check("seldom")).toBe(1);

    const before = treeOf(repository());
    expect(await rotate(stayed)).toMatchObject({ targetsVersion: 3, voidsProposal: false });
    expect(treeOf(repository())).toEqual(before);
    const proposed = await shop.propose(many);
    expect(proposed).toMatchObject({ threshold: 2, keys: { length: 3 } });
    expect(proposed.bins?.changed.length).toBe(bins?.count);
    await expect(approve(["alice"])).rejects.toEqual(codeOf("key.unusable"));
    await approve(["bob", "dave"]);
    const { snapshot } = view();
    expect(await shop.publish()).toMatchObject({ rotated: ["daily"], databases: { length: 1 } });

    expect(view()).toMatchObject({ snapshot: snapshot + 1, databases: { daily: { version: 2 } } });
    expect(await check("every")).toBe(2);
    expect(await download("daily/f7.txt")).toBe("line 7");
    await shop.propose({ ...many, "f7.txt": "other" });
    await expect(approve(["alice"])).rejects.toEqual(codeOf("key.unusable"));
    await approve(["carol", "dave"]);
    await shop.publish();
    expect(await check("every")).toBe(3);
    expect(await check("seldom")).toBe(3);
    expect(await check("new")).toBe(3);
    expect(await download("daily/f7.txt")).toBe("other");
  });

  test("are followed by an agent that stopped between the check and the release", async () => {
    await shop.addDatabase("daily", 0, bins);
    await shop.release(many);
    expect(await check("agent")).toBe(1);
    await rotate(stayed);
    await shop.propose(many);
    await approve(["bob", "dave"]);
    await shop.publish();
    await (await agentTrust(repository(), shop.path("agent"), shop.now)).refresh();
    const again = await agentTrust(repository(), shop.path("agent"), shop.now);
    expect((await again.release("daily")).version).toBe(2);
  });
});

describe("a proposal that began before its keys change", () => {
  test("is void, keeps nothing else from being published, and is proposed again", async () => {
    await shop.addDatabase("daily");
    await shop.addDatabase("rules");
    await shop.release({ "main.txt": "one" }, "rules");
    await shop.propose({ "main.txt": "one" }, "daily");
    await shop.approve("alice");
    await shop.approve("bob");
    expect(await rotate(stayed)).toMatchObject({ voidsProposal: true });
    const before = treeOf(repository());
    await expect(shop.publish()).rejects.toEqual(codeOf("proposal.stale"));
    expect(treeOf(repository())).toEqual(before);
    const { broken } = await readStatus(await shop.open());
    expect(broken).toMatchObject([{ database: "daily", error: { code: "proposal.stale" } }]);

    await shop.propose({ "main.txt": "two" }, "rules");
    await shop.approve("alice", "rules");
    await shop.approve("bob", "rules");
    const { databases, rotated, notes } = await shop.publish();
    expect({ databases, rotated }).toMatchObject({ databases: [{ name: "rules" }], rotated: [] });
    expect(notes).toMatchObject([expect.stringContaining("Withdraw it and propose again")]);

    await shop.run(["withdraw", "daily"]);
    await shop.propose({ "main.txt": "one" }, "daily");
    await approve(["carol", "dave"]);
    expect(await shop.publish()).toMatchObject({ rotated: ["daily"] });
    expect(view().databases).toMatchObject({ daily: { version: 2 }, rules: { version: 2 } });
  });

  test("is void the other way round when the change is taken back", async () => {
    await shop.addDatabase();
    await rotate(stayed);
    await shop.propose({ "main.txt": "one" });
    await approve(["bob", "dave"]);
    await withdraw();
    await expect(shop.publish()).rejects.toEqual(codeOf("proposal.stale"));
  });
});

describe("changes that are signed together", () => {
  test("wait for a release of each database, and go out in one snapshot", async () => {
    await shop.addDatabase("daily");
    await shop.addDatabase("rules");
    await shop.release({ "main.txt": "one" }, "daily");
    await shop.release({ "main.txt": "one" }, "rules");
    await rotate(stayed, "daily");
    expect(await rotate(stayed, "rules")).toMatchObject({ together: ["daily", "rules"] });
    await shop.propose({ "main.txt": "one" }, "daily");
    await approve(["bob", "dave"], "daily");
    const before = treeOf(repository());
    await expect(shop.publish()).rejects.toThrow(
      "daily has 2 of 2 approvals; its keys change together with those of rules, which has not.",
    );
    expect(treeOf(repository())).toEqual(before);
    await shop.propose({ "main.txt": "one" }, "rules");
    await approve(["carol", "dave"], "rules");
    const { snapshot } = view();
    expect(await shop.publish()).toMatchObject({ rotated: ["daily", "rules"] });
    expect(view().snapshot).toBe(snapshot + 1);
    expect(await check("agent", "rules")).toBe(2);
  });

  test("wait for no release of a database that never had one", async () => {
    await shop.addDatabase();
    await rotate(stayed);
    expect(await shop.publish()).toMatchObject({ rotated: ["daily"], databases: [] });
    await shop.propose({ "main.txt": "one" });
    await expect(approve(["alice"])).rejects.toEqual(codeOf("key.unusable"));
    await approve(["bob", "dave"]);
    await shop.publish();
    expect(await check("agent")).toBe(1);
  });
});

describe("a change that is taken back", () => {
  test("leaves the old keys in force, and its bytes count for nobody who kept them", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await rotate(stayed);
    const kept = readFileSync(signed());
    expect(await withdraw()).toMatchObject({ issued: { targetsVersion: 4 }, remaining: [] });
    await shop.release({ "main.txt": "two" }); // by alice and bob
    expect(view().databases["daily"]?.version).toBe(2);

    mkdirSync(shop.path("p", "proposals", "targets"));
    writeFileSync(signed(), kept);
    expect(await shop.publish()).toMatchObject({
      rotated: [],
      notes: [expect.stringContaining("was overtaken by targets 4")],
    });
    await shop.propose({ "main.txt": "three" });
    await expect(approve(["dave"])).rejects.toEqual(codeOf("key.unusable"));
    expect(await withdraw()).toEqual({ remaining: [] });
    await expect(withdraw()).rejects.toEqual(codeOf("state.missing"));
  });

  test("leaves those that were signed with it as they are", async () => {
    await shop.addDatabase("daily");
    await shop.addDatabase("rules");
    await shop.release({ "main.txt": "one" }, "rules");
    await rotate(stayed, "daily");
    await rotate(stayed, "rules");
    await shop.propose({ "main.txt": "two" }, "rules");
    await approve(["bob", "dave"], "rules");
    expect(await withdraw("daily")).toMatchObject({ remaining: ["rules"] });
    expect(await shop.publish()).toMatchObject({ rotated: ["rules"] });
    expect(await check("agent", "rules")).toBe(2);
  });
});

describe("a change that waits", () => {
  test("is carried over by what the same keys publish meanwhile, approvals included", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await rotate(stayed);
    await shop.propose({ "main.txt": "two" });
    await approve(["bob", "dave"]);
    await shop.addDatabase("rules");
    await shop.run(["key", "new", "halt-new"]);
    expect((await shop.run(["key", "rotate", "halt", "--key", "halt-new"])).code).toBe(0);
    expect(await shop.publish()).toMatchObject({ rotated: ["daily"] });
    expect(view().databases["daily"]?.version).toBe(2);
    const { databases } = await readPublished(await shop.open());
    expect([...databases.keys()]).toEqual(["daily", "rules"]);
  });

  test("counts no more once the targets key is another, until that one signs it", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await rotate(stayed);
    await shop.propose({ "main.txt": "two" });
    await approve(["bob", "dave"]);
    await shop.run(["key", "new", "targets-new"]);
    const other = await shop.run(["key", "rotate", "targets", "--key", "targets-new"]);
    expect(other).toMatchObject({
      code: 0,
      err: expect.stringContaining("The change of keys does not count: sign it again"),
    });
    const waiting = await readStatus(await shop.open());
    expect(waiting.keyChange).toMatchObject({ state: "void" });
    await expect(shop.publish()).rejects.toEqual(codeOf("proposal.stale"));
    const { key } = await personNamed("dave");
    shop.write(shop.path("pub"), {
      "dave.pub": JSON.stringify({
        format: 1,
        name: "dave",
        key: { keytype: "ed25519", scheme: "ed25519", keyval: { public: key.publicKey } },
      }),
    });
    const words = ["--key", "bob", "--key", "carol", "--key", shop.path("pub", "dave.pub")];
    const again = await shop.run(["key", "rotate", "daily", "--threshold", "2", ...words]);
    expect(again.err).toContain("made for the old keys");
    const published = await shop.run(["publish", "--json"]);
    expect(published.document()).toMatchObject({ rotated: ["daily"] });
  });

  test("counts no more once it has expired", async () => {
    await shop.addDatabase();
    await rotate(stayed);
    shop.now += 91 * day;
    expect((await readStatus(await shop.open())).keyChange).toMatchObject({
      state: "void",
      why: expect.stringContaining("The change of keys expired at 2027-02-22"),
    });
  });
});
