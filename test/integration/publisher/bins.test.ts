import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { binStyles } from "../../../protocol/release/bins.ts";
import { reviewProposal } from "../../../publisher/proposal/approve.ts";
import { agentTrust } from "./agent-client.ts";
import { clientView } from "./client-view.ts";
import { tufJsClient } from "./tuf-js-client.ts";
import { codeOf, day, type Files, readJson, treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const repository = (...names: string[]) => shop.path("p", "repository", ...names);
const proposal = (...names: string[]) => shop.path("p", "proposals", "rules", ...names);
/** The metadata itself, without what carries it compressed. */
const metadata = (): string[] =>
  readdirSync(repository("metadata")).filter((name) => name.endsWith(".json"));
const rules = (count: number, changes: Files = {}): Files => ({
  ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${i}.txt`, `rule ${i}`])),
  ...changes,
});
const few = rules(24);

describe.each(binStyles)("a database in bins of style %s", (style) => {
  test("is downloaded by tuf-js and taken by the agent, release after release", async () => {
    shop.now = Date.now();
    await shop.addDatabase("rules", 0, { count: 8, style });
    await shop.release(few, "rules");
    const download = await tufJsClient(repository(), shop.path("client"));
    expect(await download("rules/r7.txt")).toBe("rule 7");
    const check = async () => {
      const trust = await agentTrust(repository(), shop.path("agent"), shop.now);
      await trust.refresh();
      return trust.release("rules");
    };
    expect(await check()).toMatchObject({ version: 1, files: { length: 24 } });
    const { "r0.txt": _removed, ...rest } = rules(24, { "r7.txt": "other" });
    await shop.release(rest, "rules");
    expect(await download("rules/r7.txt")).toBe("other");
    await expect(download("rules/r0.txt")).rejects.toThrow("no target");
    expect(await check()).toMatchObject({ version: 2, files: { length: 23 } });
  });
});

describe("a release in bins", () => {
  test("signs, when one of 2,000 files changes, that file's bin and the own role alone", async () => {
    await shop.addDatabase("rules", 0, { count: 16, style: "path_hash_prefixes" });
    await shop.release(rules(2000), "rules");
    const before = new Set(metadata());
    expect([...before].filter((name) => name.startsWith("1.rules"))).toHaveLength(17);
    const proposed = await shop.propose(rules(2000, { "r1234.txt": "changed" }), "rules");
    const [bin = ""] = proposed.bins?.changed ?? [];
    expect(proposed.bins).toEqual({ count: 16, changed: [bin] });
    await shop.approve("alice", "rules");
    await shop.approve("bob", "rules");
    await shop.publish();
    const added = metadata().filter((name) => !before.has(name) && !/snapshot/.test(name));
    expect(added.toSorted()).toEqual([`2.${bin}.json`, "2.rules.json"].toSorted());
    const release = clientView(repository(), shop.now).databases["rules"];
    expect(Object.keys(release?.files ?? {})).toHaveLength(2000);
    expect(release?.files["r1234.txt"]).toBe("changed");
  }, 240_000);

  test("signs a bin again, though nothing in it changed, once half of its life is over", async () => {
    await shop.addDatabase("rules", 0, { count: 2, style: "succinct_roles" });
    await shop.release(few, "rules");
    shop.now += 46 * day;
    expect((await shop.propose(few, "rules")).bins?.changed).toEqual(["rules-0", "rules-1"]);
  });

  test("of nothing new signs the database's own role only", async () => {
    await shop.addDatabase("rules", 0, { count: 4, style: "succinct_roles" });
    await shop.release(few, "rules");
    const { bins, digest } = await shop.propose(few, "rules");
    expect(bins).toEqual({ count: 4, changed: [] });
    expect(digest).toBe(sha256(readFileSync(proposal("role.json"))));
    await shop.approve("alice", "rules");
    await shop.approve("bob", "rules");
    await shop.publish();
    expect(clientView(repository(), shop.now).databases["rules"]?.version).toBe(2);
  });

  test("is what a person approves with one signature for each document", async () => {
    await shop.addDatabase("rules", 0, { count: 4, style: "succinct_roles" });
    const { digest } = await shop.propose(few, "rules");
    await shop.approve("alice", "rules");
    const [file = ""] = readdirSync(proposal("approvals"));
    const approval = readJson(proposal("approvals", file));
    expect(approval).toMatchObject({ proposal: digest });
    const bins = ["rules-0", "rules-1", "rules-2", "rules-3"];
    expect(Object.keys(approval["bins"] ?? {})).toEqual(bins);
    const lines = [["rules", "role.json"], ...bins.map((bin) => [bin, `bins/${bin}.json`])].map(
      ([role, path]) => `${sha256(readFileSync(proposal(path ?? "")))} ${role}\n`,
    );
    expect(digest).toBe(sha256(lines.join("")));
  });
});

describe("a proposal in bins", () => {
  /** Proposes a second release that changes one file, and tells the bin that it is in. */
  async function proposeChange(): Promise<string> {
    await shop.addDatabase("rules", 0, { count: 4, style: "path_hash_prefixes" });
    await shop.release(few, "rules");
    const { bins } = await shop.propose(rules(24, { "r3.txt": "changed" }), "rules");
    await shop.approve("alice", "rules");
    await shop.approve("bob", "rules");
    return proposal("bins", `${bins?.changed[0] ?? ""}.json`);
  }
  const editAbout = (from: string) => {
    const about = readJson(proposal("proposal.json"));
    writeFileSync(proposal("proposal.json"), JSON.stringify({ ...about, digest: from }));
  };
  const digestNow = (bin: string) => {
    const name = bin.replace(/^.*\/|\.json$/g, "");
    return sha256(
      [`${sha256(readFileSync(proposal("role.json")))} rules\n`]
        .concat(existsSync(bin) ? `${sha256(readFileSync(bin))} ${name}\n` : [])
        .join(""),
    );
  };
  const review = async () => reviewProposal(await shop.open(), "rules");

  test("is void once a bin of it is changed, also where the files stay the same", async () => {
    const bin = await proposeChange();
    const text = readFileSync(bin, "utf8");
    writeFileSync(bin, text.replace(/"expires":"2027/, '"expires":"2037'));
    const before = treeOf(repository());
    await expect(shop.publish()).rejects.toEqual(codeOf("proposal.changed"));
    editAbout(digestNow(bin));
    await expect(shop.publish()).rejects.toThrow("rules has 0 of 2 approvals; 2 more are void");
    expect(treeOf(repository())).toEqual(before);
  });

  test("is refused when its bins do not hold the files that it was made for", async () => {
    const bin = await proposeChange();
    writeFileSync(bin, readFileSync(bin, "utf8").replace(/"length":7/, '"length":8'));
    editAbout(digestNow(bin));
    await expect(review()).rejects.toEqual(codeOf("trust.release"));
    rmSync(bin);
    editAbout(sha256(readFileSync(proposal("role.json"))));
    await expect(review()).rejects.toEqual(codeOf("trust.release"));
  });

  test("is refused when a bin has a version of its own, or stands for no bin", async () => {
    const bin = await proposeChange();
    const text = readFileSync(bin, "utf8");
    writeFileSync(bin, text.replace('"version":2', '"version":9'));
    editAbout(digestNow(bin));
    await expect(review()).rejects.toEqual(codeOf("trust.release"));
    rmSync(bin);
    const stranger = proposal("bins", "rules-9.json");
    writeFileSync(stranger, text);
    editAbout(digestNow(stranger));
    await expect(review()).rejects.toEqual(codeOf("trust.release"));
  });

  test("is refused when it changes the number of bins, which is fixed for life", async () => {
    await shop.addDatabase("rules", 0, { count: 4, style: "succinct_roles" });
    await shop.propose(few, "rules");
    const role = readFileSync(proposal("role.json"), "utf8");
    writeFileSync(proposal("role.json"), role.replace('"bit_length":2', '"bit_length":1'));
    for (const bin of ["rules-2", "rules-3"]) rmSync(proposal("bins", `${bin}.json`));
    const lines = [
      ["rules", "role.json"],
      ...["rules-0", "rules-1"].map((bin) => [bin, `bins/${bin}.json`]),
    ];
    editAbout(
      sha256(
        lines
          .map(([name, path]) => `${sha256(readFileSync(proposal(path ?? "")))} ${name}\n`)
          .join(""),
      ),
    );
    await expect(review()).rejects.toThrow("the bins that it has for life");
  });
});

describe("the command line", () => {
  test.each([
    [
      "no power of two",
      ["--bins", "12"],
      "one of 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096",
    ],
    ["one bin", ["--bins", "1"], "one of 2, 4"],
    [
      "a style that there is not",
      ["--bins", "4", "--bin-style", "hash"],
      "path_hash_prefixes or succinct_roles",
    ],
    ["a style without a number", ["--bin-style", "succinct_roles"], "--bin-style needs --bins"],
  ])("refuses %s and changes nothing", async (_, options, message) => {
    const before = treeOf(shop.path("p"));
    const { code, err } = await shop.run([
      "database",
      "add",
      "rules",
      "--key",
      "alice",
      ...options,
    ]);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(treeOf(shop.path("p"))).toEqual(before);
  });

  test("adds bins, tells approvers which of them get signed, and shows them in the status", async () => {
    const added = await shop.run([
      "database",
      "add",
      "rules",
      "--key",
      "alice",
      "--bins",
      "8",
      "--json",
    ]);
    expect(added.document()).toMatchObject({ bins: { count: 8, style: "path_hash_prefixes" } });
    const source = shop.write(shop.path("source"), few);
    const proposed = await shop.run(["propose", "rules", source, "--json"]);
    expect(proposed.document()).toMatchObject({ bins: { count: 8, changed: { length: 8 } } });
    expect(proposed.document()).not.toHaveProperty("hint");
    const open = await shop.run(["status"]);
    expect(open.out).toContain("bins that get signed: 8");
    const approved = await shop.run(["approve", "rules", "--key", "alice"]);
    expect(approved.out).toMatch(/bins\s+8 of 8 get signed: rules-0, rules-1/);
    await shop.run(["publish"]);
    const status = await shop.run(["status"]);
    expect(status.out).toMatch(/rules\s+1 \(.*\)\s+1 of alice\s+8 bins/);
  });

  test("says how many bins would suit a database of more than 500 files without any", async () => {
    await shop.addDatabase("rules");
    const source = shop.write(shop.path("source"), rules(501));
    const { code, err } = await shop.run(["propose", "rules", source]);
    expect(code).toBe(0);
    expect(err).toContain("rules lists 501 files in one piece");
    expect(err).toContain("--bins 4");
  });
});
