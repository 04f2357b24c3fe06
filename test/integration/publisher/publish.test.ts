import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { publish } from "../../../publisher/repository/publish.ts";
import { clientView } from "./client-view.ts";
import { codeOf, day, treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const repository = (): string => shop.path("p", "repository");
const view = () => clientView(repository(), shop.now);

function stagedFile(ending: string): string {
  const dir = shop.path("p", "proposals", "daily", "targets", "daily");
  const name = readdirSync(dir).find((file) => file.endsWith(ending));
  return join(dir, name ?? "missing");
}

describe("publish", () => {
  test("shows clients a release once two of three persons have approved it", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one\n".repeat(100) });
    await shop.approve("alice");
    await expect(shop.publish()).rejects.toEqual(codeOf("proposal.approvals"));
    expect(view().databases).toEqual({});
    await shop.approve("carol");
    const outcome = await shop.publish();
    expect(outcome.databases).toMatchObject([{ name: "daily", version: 1 }]);
    expect(view()).toEqual({
      root: 1,
      timestamp: 3,
      snapshot: 3,
      databases: { daily: { version: 1, files: { "main.txt": "one\n".repeat(100) } } },
    });
    expect(existsSync(shop.path("p", "proposals", "daily"))).toBe(false);
  });

  test("puts all approved proposals into one snapshot and leaves the others waiting", async () => {
    for (const name of ["daily", "rules", "geo"]) await shop.addDatabase(name);
    for (const name of ["daily", "rules", "geo"]) {
      await shop.propose({ "main.txt": name }, name);
      await shop.approve("alice", name);
    }
    await shop.approve("bob", "daily");
    await shop.approve("carol", "rules");
    const before = view().snapshot;
    const { databases, waiting, snapshotVersion } = await shop.publish();
    expect(databases.map(({ name }) => name)).toEqual(["daily", "rules"]);
    expect(waiting).toEqual([
      { name: "geo", version: 1, approvals: 1, threshold: 2, voided: 0, heldBy: [] },
    ]);
    expect(snapshotVersion).toBe(before + 1);
    expect(Object.keys(view().databases)).toEqual(["daily", "rules"]);
  });

  test("needs no key but those of snapshot and timestamp, and none when nothing is to do", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    await shop.approve("alice");
    await shop.approve("bob");
    const opened: string[] = [];
    const open = async (...[root, role]: Parameters<typeof shop.roles>) => {
      opened.push(role);
      return shop.roles(root, role);
    };
    await publish(await shop.open(), open);
    expect(opened).toEqual(["snapshot", "timestamp"]);
    expect(await publish(await shop.open(), open)).toMatchObject({ databases: [], resumed: false });
    expect(opened).toHaveLength(2);
  });

  test("keeps a file that did not change as it was published, encoding included", async () => {
    await shop.addDatabase();
    const same = "same line\n".repeat(200);
    await shop.release({ "a.txt": same, "b.txt": "one" });
    const before = treeOf(join(repository(), "targets"));
    await shop.release({ "a.txt": same, "b.txt": "two" });
    const after = treeOf(join(repository(), "targets"));
    expect(after).toMatchObject(before);
    expect(Object.keys(after)).toHaveLength(Object.keys(before).length + 1);
    expect(view().databases["daily"]).toEqual({
      version: 2,
      files: { "a.txt": same, "b.txt": "two" },
    });
  });

  test("serves a compressed sibling of each metadata file that is worth it", async () => {
    await shop.addDatabase();
    const files = Array.from({ length: 20 }, (_, index) => [`f${index}.txt`, "x"] as const);
    await shop.release(Object.fromEntries(files));
    const metadata = (name: string): Buffer => readFileSync(join(repository(), "metadata", name));
    const sibling = metadata("1.daily.json.zst");
    expect(zstdDecompressSync(sibling)).toEqual(metadata("1.daily.json"));
    expect(sibling.length).toBeLessThan(metadata("1.daily.json").length / 2);
    const names = readdirSync(join(repository(), "metadata"));
    expect(names).not.toContain("timestamp.json.zst");
  });

  test("publishes no encoding that is not smaller than the file", async () => {
    await shop.addDatabase();
    await shop.release({ "tiny.txt": "x", "empty.txt": "", "long.txt": "x".repeat(1000) });
    const names = readdirSync(join(repository(), "targets", "daily"));
    expect(names.filter((name) => name.endsWith(".zst")).map((name) => name.slice(65))).toEqual([
      "long.txt.zst",
    ]);
    expect(Object.keys(view().databases["daily"]?.files ?? {})).toHaveLength(3);
  });

  test.each([
    ["a file", ".txt"],
    ["an encoding", ".zst"],
  ])("refuses %s that was changed after the approvals, and changes nothing", async (_, ending) => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one\n".repeat(100) });
    await shop.approve("alice");
    await shop.approve("bob");
    const bytes = readFileSync(stagedFile(ending));
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    writeFileSync(stagedFile(ending), bytes);
    const before = treeOf(shop.path("p"));
    await expect(shop.publish()).rejects.toEqual(codeOf("proposal.changed"));
    expect(treeOf(shop.path("p"))).toEqual(before);
  });

  test("refuses an encoding with something behind it", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one\n".repeat(100) });
    await shop.approve("alice");
    await shop.approve("bob");
    appendFileSync(stagedFile(".zst"), "more");
    await expect(shop.publish()).rejects.toEqual(codeOf("proposal.changed"));
  });

  test("refuses a proposal whose metadata has expired while it lay there", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    await shop.approve("alice");
    await shop.approve("bob");
    shop.now += 91 * day;
    await expect(shop.publish()).rejects.toEqual(codeOf("trust.expired"));
  });

  test("never replaces metadata of a version that is published", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    await shop.approve("alice");
    await shop.approve("bob");
    writeFileSync(join(repository(), "metadata", "3.snapshot.json"), "{}");
    await expect(shop.publish()).rejects.toEqual(codeOf("repository.incomplete"));
    expect(view().snapshot).toBe(2);
    expect(readFileSync(join(repository(), "metadata", "3.snapshot.json"), "utf8")).toBe("{}");
  });
});
