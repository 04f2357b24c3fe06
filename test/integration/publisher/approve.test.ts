import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { approve, reviewProposal } from "../../../publisher/proposal/approve.ts";
import { codeOf, day, readJson, treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const proposal = (...names: string[]): string => shop.path("p", "proposals", "daily", ...names);
const review = async () => reviewProposal(await shop.open(), "daily");

/** Changes the label in the bytes to be signed; with `records` also the digest noted of them. */
function forgeLabel({ records }: { readonly records: boolean }): void {
  const forged = readFileSync(proposal("role.json"), "utf8").replace(
    "2026-11-24.1",
    "2026-11-24.2",
  );
  writeFileSync(proposal("role.json"), forged);
  if (!records) return;
  const about = { ...readJson(proposal("proposal.json")), digest: sha256(forged) };
  writeFileSync(proposal("proposal.json"), JSON.stringify(about));
}

describe("approve", () => {
  test("shows its own difference to the published release", async () => {
    await shop.addDatabase("daily", 1);
    await shop.release({ "same.txt": "s", "old.txt": "1\n2\n", "data.txt": "1\n2\n3\n" });
    await shop.propose({
      "same.txt": "s",
      "data.txt": "1\n2\n3\n4",
      "sub/new.bin": "\u0000\u0001",
    });
    const { diff } = await review();
    expect(diff.unchanged).toBe(1);
    expect(diff.changes).toMatchObject([
      {
        change: "changed",
        path: "data.txt",
        from: { length: 6, lines: 3 },
        to: { length: 7, lines: 4 },
      },
      { change: "removed", path: "old.txt", from: { length: 4, lines: 2 } },
      { change: "added", path: "sub/new.bin", to: { length: 2, lines: null } },
    ]);
  });

  test("adds one signature over the exact bytes of the proposal", async () => {
    await shop.addDatabase();
    const { digest } = await shop.propose({ "main.txt": "one" });
    const before = readFileSync(proposal("role.json"));
    expect(await shop.approve("bob")).toMatchObject({ approvals: 1, threshold: 2 });
    expect(readFileSync(proposal("role.json"))).toEqual(before);
    const { key } = await shop.keyOf("bob");
    expect(readdirSync(proposal("approvals"))).toEqual([`${key.keyId}.json`]);
    expect(readJson(proposal("approvals", `${key.keyId}.json`))).toMatchObject({
      format: 1,
      keyId: key.keyId,
      proposal: digest,
    });
  });

  test("refuses a key that the database does not know, and one that approved already", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    await shop.approve("alice");
    const before = treeOf(shop.path("p"));
    await expect(shop.approve("mallory")).rejects.toEqual(codeOf("key.unusable"));
    await expect(shop.approve("snapshot")).rejects.toEqual(codeOf("key.unusable"));
    await expect(shop.approve("alice")).rejects.toEqual(codeOf("key.unusable"));
    expect(treeOf(shop.path("p"))).toEqual(before);
  });

  test("counts a person once, however often the approval lies there", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    await shop.approve("alice");
    const [name = ""] = readdirSync(proposal("approvals"));
    const once = readFileSync(proposal("approvals", name));
    writeFileSync(proposal("approvals", "again.json"), once);
    await expect(shop.publish()).rejects.toThrow("daily has 1 of 2 approvals.");
  });

  test("refuses a staged file that was changed", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    const dir = proposal("targets", "daily");
    writeFileSync(join(dir, readdirSync(dir)[0] ?? ""), "two");
    await expect(review()).rejects.toEqual(codeOf("proposal.changed"));
    rmSync(dir, { recursive: true });
    await expect(review()).rejects.toEqual(codeOf("proposal.changed"));
  });

  test("is void when the proposal is changed afterwards, and publish says so", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    await shop.approve("alice");
    await shop.approve("bob");
    forgeLabel({ records: false });
    await expect(shop.publish()).rejects.toEqual(codeOf("proposal.changed"));
    await expect(shop.publish()).rejects.toThrow("its approvals are void");
    forgeLabel({ records: true });
    await expect(shop.publish()).rejects.toEqual(codeOf("proposal.approvals"));
    await expect(shop.publish()).rejects.toThrow(
      "daily has 0 of 2 approvals; 2 more are void, for the proposal was changed after them.",
    );
    expect(await shop.approve("alice")).toMatchObject({ approvals: 1 }); // looked at again
  });

  test("does not sign what changed between looking and signing", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    const looked = await review();
    forgeLabel({ records: true });
    const { sign } = await shop.keyOf("alice");
    await expect(approve(await shop.open(), looked, sign)).rejects.toEqual(
      codeOf("proposal.changed"),
    );
    expect(readdirSync(proposal("approvals"))).toEqual([]);
  });

  test.each([
    ["another database", '"database":"daily"', '"database":"other"', "trust.role"],
    ["another list of files", '"length":3', '"length":4', "trust.release"],
    ["a version that is published", '"version":2', '"version":1', "proposal.stale"],
    ["something that is not canonical", '"version":2', '"version": 2', "trust.format"],
    ["a file outside of the delegation", "daily/main.txt", "daily/sub/main.txt", "trust.release"],
  ])("refuses a proposal for %s", async (_, from, to, code) => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await shop.propose({ "main.txt": "two" });
    const forged = readFileSync(proposal("role.json"), "utf8").replace(from, to);
    writeFileSync(proposal("role.json"), forged);
    const about = { ...readJson(proposal("proposal.json")), digest: sha256(forged) };
    writeFileSync(proposal("proposal.json"), JSON.stringify(about));
    await expect(review()).rejects.toEqual(codeOf(code));
  });

  test("refuses a proposal that has expired", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    shop.now += 91 * day;
    await expect(review()).rejects.toEqual(codeOf("trust.expired"));
  });
});
