import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { canonicalBytes } from "../../../protocol/canonical.ts";
import { isObject, own } from "../../../protocol/json.ts";
import { propose } from "../../../publisher/proposal/propose.ts";
import { withdraw } from "../../../publisher/proposal/withdraw.ts";
import { windowsNames } from "../../testkit/windows-names.ts";
import { codeOf, jsonOf, readJson, treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const role = (): Buffer => readFileSync(shop.path("p", "proposals", "daily", "role.json"));

/** Proposes the folder `source` as it lies there; it must fail and leave no trace. */
async function refused(sourceDir: string, code: string, request = {}): Promise<void> {
  const before = treeOf(shop.path("p"));
  const asked = shop.open().then((publisher) => {
    return propose(publisher, { database: "daily", sourceDir, ...request });
  });
  await expect(asked).rejects.toEqual(codeOf(code));
  expect(treeOf(shop.path("p"))).toEqual(before);
}

describe("propose", () => {
  test("writes the exact canonical bytes to sign, and signs nothing", async () => {
    await shop.addDatabase();
    const publisher = await shop.open();
    const sourceDir = shop.write(shop.path("source"), { "main.txt": "line\n".repeat(100) });
    const request = {
      database: "daily",
      sourceDir,
      label: "first",
      notes: "für alle",
      rolloutHours: 24,
    };
    const { digest, version, bytes, encodedBytes } = await propose(publisher, request);
    const signed = jsonOf(role());
    expect(canonicalBytes(signed)).toEqual(role());
    expect(readJson(shop.path("p", "proposals", "daily", "proposal.json"))).toEqual({
      format: 1,
      database: "daily",
      version: 1,
      digest,
    });
    expect({ version, bytes }).toEqual({ version: 1, bytes: 500 });
    expect(encodedBytes).toBeLessThan(100);
    expect(signed).toMatchObject({
      _type: "targets",
      version: 1,
      expires: "2027-02-22T12:00:00Z",
      release: {
        database: "daily",
        repository: publisher.settings.repository,
        label: "first",
        created: "2026-11-24T12:00:00Z",
        notes: "für alle",
        rollout: { start: "2026-11-24T12:00:00Z", hours: 24 },
      },
      targets: { "daily/main.txt": { length: 500, custom: { zst: encodedBytes } } },
    });
    expect(readdirSync(shop.path("p", "proposals", "daily", "approvals"))).toEqual([]);
  });

  test("needs no key", async () => {
    await shop.addDatabase();
    rmSync(shop.path("keys"), { recursive: true });
    await expect(shop.propose({ "main.txt": "one" })).resolves.toMatchObject({ version: 1 });
  });

  test("never gives a version number out twice, not even after a withdrawal", async () => {
    await shop.addDatabase();
    expect(await shop.propose({ "main.txt": "one" })).toMatchObject({ version: 1 });
    await withdraw(await shop.open(), "daily");
    expect(readdirSync(shop.path("p", "proposals"))).toEqual([]);
    expect(await shop.release({ "main.txt": "two" })).toMatchObject({
      databases: [{ name: "daily", version: 2 }],
    });
    expect(await shop.propose({ "main.txt": "three" })).toMatchObject({ version: 3 });
  });

  test("refuses a second proposal while one is open", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    await refused(shop.path("source"), "usage.input");
  });

  test("refuses an empty folder, a folder that is missing, and a file in its place", async () => {
    await shop.addDatabase();
    mkdirSync(shop.path("empty"));
    mkdirSync(shop.path("hollow", "sub"), { recursive: true });
    await refused(shop.path("empty"), "usage.input");
    await refused(shop.path("hollow"), "usage.input");
    await refused(shop.path("missing"), "usage.input");
    await refused(shop.path("keys", "alice.pub"), "usage.input");
  });

  test("refuses links, pipes and folders deeper than the delegation", async () => {
    await shop.addDatabase();
    const source = (name: string) => shop.write(shop.path(name), { "main.txt": "one" });
    symlinkSync("main.txt", `${source("link")}/other.txt`);
    execFileSync("mkfifo", [`${source("pipe")}/pipe`]);
    await refused(shop.path("link"), "usage.input");
    await refused(shop.path("pipe"), "usage.input");
    await refused(shop.write(shop.path("deep"), { "sub/main.txt": "one" }), "usage.input");
  });

  test.each([
    [["-rf.txt"]],
    [[".hidden"]],
    [["with space.txt"]],
    [["ümlaut.txt"]],
    [["con.txt"]],
    [["dot."]],
    [["Main.txt", "main.txt"]],
  ])("refuses the names %j", async (names) => {
    await shop.addDatabase();
    const files = Object.fromEntries(names.map((name) => [name, "x"]));
    await refused(shop.write(shop.path("source"), files), "names.invalid");
  });

  test("refuses every name that Windows reads otherwise", async () => {
    await shop.addDatabase("daily", 2);
    for (const [index, [why, path]] of windowsNames.entries()) {
      const sourceDir = shop.write(shop.path(`source-${index}`), { [path]: why });
      await refused(sourceDir, "names.invalid");
    }
  });

  test.each([
    ["a label with a control character", { label: "a\u001bb" }, "names.invalid"],
    ["a label that is too long", { label: "x".repeat(81) }, "names.invalid"],
    ["notes that are not NFC", { notes: "u\u0308" }, "names.invalid"],
    ["a rollout of no hours", { rolloutHours: 0 }, "usage.input"],
    ["a database that does not exist", { database: "weekly" }, "state.missing"],
  ])("refuses %s", async (_, request, code) => {
    await shop.addDatabase();
    await refused(shop.write(shop.path("source"), { "main.txt": "one" }), code, request);
  });

  test("refuses a file that grows, or a folder that gets another file, while it is copied", async () => {
    await shop.addDatabase();
    const sourceDir = shop.write(shop.path("source"), { "a.txt": "one", "b.txt": "two" });
    const during = async (change: () => void) => {
      const publisher = await shop.open({
        ...nodeFileSystem,
        open: async (path, flags, mode) => {
          const file = await nodeFileSystem.open(path, flags, mode);
          if (path.endsWith("b.txt") && flags === "r") change();
          return file;
        },
      });
      await expect(propose(publisher, { database: "daily", sourceDir })).rejects.toThrow(
        "changed while it was being copied",
      );
      expect(readdirSync(shop.path("p", "proposals"))).toEqual([]);
    };
    await during(() => appendFileSync(shop.path("source", "b.txt"), "more"));
    await during(() => appendFileSync(shop.path("source", "c.txt"), "late"));
    await during(() => appendFileSync(shop.path("source", "a.txt"), "more"));
  });

  test("lists each file with its sha256", async () => {
    await shop.addDatabase("daily", 2);
    await shop.propose({ "a.txt": "one", "x/y/b.txt": "two" });
    const targets = own(jsonOf(role()), "targets");
    expect(isObject(targets) ? Object.keys(targets) : []).toEqual([
      "daily/a.txt",
      "daily/x/y/b.txt",
    ]);
    expect(targets).toMatchObject({
      "daily/a.txt": {
        hashes: { sha256: "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed" },
      },
    });
  });
});
