import { describe, expect, test } from "vitest";
import { treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const successors = ["--threshold", "2", "--key", "bob", "--key", "carol", "--key", "mallory"];

describe("key rotate DATABASE", () => {
  test("tells each person what changes, from the signature to the publication", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    const signed = await shop.run(["key", "rotate", "daily", ...successors]);
    expect(signed).toMatchObject({ code: 0, err: "" });
    expect(signed.out).toContain(
      "daily has new keys from its next release on: 2 of 3 must approve (bob, carol, mallory).",
    );
    const status = await shop.run(["status"]);
    expect(status.out).toContain("Keys that change with the next release (signed, good until 2027");
    expect(status.out).toMatch(/daily\s+2 of alice, bob, carol\s+→\s+2 of bob, carol, mallory/);
    const waits = await shop.run(["publish"]);
    expect(waits.code).toBe(0);
    expect(waits.err).toContain("The keys of daily change with its next release, which nobody");
    const list = await shop.run(["key", "list"]);
    expect(list.out).toMatch(/mallory\s+\w+\s+private\s+daily \(next release\)/);

    const source = shop.write(shop.path("source"), { "main.txt": "one" });
    const proposed = await shop.run(["propose", "daily", source]);
    expect(proposed.out).toContain("It brings other keys: 2 of 3 must approve from now on.");
    const refused = await shop.run(["approve", "daily", "--key", "alice"]);
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining("may not approve daily"),
    });
    const approved = await shop.run(["approve", "daily", "--key", "bob"]);
    expect(approved.out).toMatch(/keys\s+2 of \w+, \w+, \w+ → 2 of \w+, \w+, \w+/);
    await shop.run(["approve", "daily", "--key", "mallory"]);
    const published = await shop.run(["publish"]);
    expect(published.out).toContain("daily is approved by its new keys alone from snapshot 4 on.");
    expect((await shop.run(["status", "--json"])).document()).toMatchObject({
      keyChange: null,
      databases: [{ keys: [{ name: "bob" }, { name: "carol" }, { name: "mallory" }], next: null }],
    });
  });

  test("is taken back with --withdraw", async () => {
    await shop.addDatabase();
    await shop.run(["key", "rotate", "daily", ...successors]);
    const taken = await shop.run(["key", "rotate", "daily", "--withdraw"]);
    expect(taken.out).toBe(
      "The keys of daily stay as they are.\nTargets 4 make the signed change void for ever.\n",
    );
    const again = await shop.run(["key", "rotate", "daily", "--withdraw"]);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("not about to change") });
  });

  test.each([
    ["a name that there is not", ["rules", "--key", "bob"], "and no database."],
    ["no key", ["daily"], "A database needs a key."],
    ["one key twice", ["daily", "--key", "bob", "--key", "bob"], "one and the same key"],
    ["a threshold out of reach", ["daily", "--key", "bob", "--threshold", "2"], "1 to 1"],
    [
      "the keys that it has",
      ["daily", "--key", "carol", "--key", "bob", "--key", "alice"],
      "exactly these keys",
    ],
    ["a withdrawal of what is not", ["daily", "--withdraw"], "not about to change"],
    ["a withdrawal with keys", ["daily", "--withdraw", "--key", "bob"], "goes without --key"],
    ["a withdrawal for a role", ["root", "--withdraw"], "--withdraw is for databases"],
  ])("refuses %s and changes nothing", async (_, words, message) => {
    await shop.addDatabase();
    const before = treeOf(shop.path("p"));
    const { code, err } = await shop.run(["key", "rotate", ...words]);
    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(treeOf(shop.path("p"))).toEqual(before);
  });

  test("refuses a second change, and a folder of keys without that of targets", async () => {
    await shop.addDatabase();
    const pub = ["--keys", shop.path("elsewhere"), "--key", shop.path("keys", "bob.pub")];
    const lacking = await shop.run(["key", "rotate", "daily", ...pub]);
    expect(lacking.err).toContain("holds 0 of the 1 keys that targets needs");
    await shop.run(["key", "rotate", "daily", ...successors]);
    const before = treeOf(shop.path("p"));
    const second = await shop.run(["key", "rotate", "daily", "--key", "bob"]);
    expect(second).toMatchObject({ code: 2, err: expect.stringContaining("takes that back") });
    expect(treeOf(shop.path("p"))).toEqual(before);
  });
});
