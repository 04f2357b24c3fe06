import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { agentProgram } from "../../../agent/cli/program.ts";
import { main } from "../../../host/cli/main.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { day, jsonOf, treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const bundlePath = () => shop.path("bundle.tar");
const state = (...names: string[]) => shop.path("state", ...names);
const current = (database: string, file: string) =>
  readFileSync(state("databases", database, "current", file), "utf8");

const bundle = async (...names: string[]) => {
  await shop.run(["refresh"]);
  const { code, err, document } = await shop.run([
    "bundle",
    ...names,
    "-o",
    bundlePath(),
    "--json",
  ]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return document();
};

/** Runs `agent import` as a process would. */
async function importBundle(word = bundlePath(), stdin: Iterable<Uint8Array> = []) {
  const databases = "databases:\n  daily: {}\n  rules: {}\n";
  const root = shop.path("p", "repository", "metadata", "1.root.json");
  const yaml = `repository: { url: "http://127.0.0.1:1/", root: ${root} }\n${databases}state: ${state()}\n`;
  mkdirSync(state(), { recursive: true, mode: 0o700 });
  writeFileSync(shop.path("agent.yaml"), yaml);
  const texts = { out: "", err: "" };
  const sink = (name: keyof typeof texts) =>
    new PassThrough().on("data", (chunk: Buffer) => {
      texts[name] += String(chunk);
    });
  const argv = ["import", word, "--json", "--config", shop.path("agent.yaml")];
  const code = await main(agentProgram, argv, {
    stdin: Readable.from(stdin),
    stdout: sink("out"),
    stderr: sink("err"),
    stderrIsTerminal: false,
    env: {},
    clock: {
      now: () => new Date(shop.now),
      monotonicMs: () => performance.now(),
      sleep: async () => undefined,
    },
    signal: new AbortController().signal,
  });
  await new Promise((resolve) => setImmediate(resolve));
  return { code, err: texts.err, document: jsonOf(Buffer.from(texts.out)) };
}

describe("a bundle", () => {
  test("carries releases, bins and all, to an agent without a network, and updates it", async () => {
    await shop.addDatabase("daily", 1);
    await shop.addDatabase("rules", 0, { count: 4, style: "succinct_roles" });
    const name = `${"long-".repeat(20)}name.txt`;
    await shop.release({ "main.txt": "one\n".repeat(100), [`sub/${name}`]: "deep" });
    await shop.release({ "r.txt": "rule", "s.txt": "other" }, "rules");
    await bundle("daily", "rules");
    const first = await importBundle();
    expect(first).toMatchObject({ code: 0, document: { result: "updated" } });
    expect(current("daily", "main.txt")).toBe("one\n".repeat(100));
    expect(current("daily", `sub/${name}`)).toBe("deep");
    expect(current("rules", "s.txt")).toBe("other");
    expect((await importBundle()).document).toMatchObject({ result: "current" });
    await shop.release({ "main.txt": "two\n".repeat(100) });
    await bundle("daily");
    expect(await importBundle()).toMatchObject({ code: 0, document: { result: "updated" } });
    expect(current("daily", "main.txt")).toBe("two\n".repeat(100));
  });

  test("is the same bytes each time, and a tar that tar itself unpacks to a repository", async () => {
    await shop.addDatabase();
    const name = `${"long-".repeat(20)}name.txt`;
    await shop.release({ "main.txt": "one\n".repeat(100), [name]: "x" });
    const made = await bundle("daily");
    const bytes = readFileSync(bundlePath());
    expect(made).toMatchObject({ sha256: sha256(bytes), bytes: bytes.length });
    await shop.run(["bundle", "daily", "-o", bundlePath()]);
    expect(readFileSync(bundlePath()).equals(bytes)).toBe(true);
    mkdirSync(shop.path("unpacked"));
    execFileSync("tar", ["-xf", bundlePath(), "-C", shop.path("unpacked")]);
    const served = treeOf(shop.path("p", "repository"));
    const unpacked = treeOf(shop.path("unpacked"));
    expect(Object.keys(unpacked)).toContain("metadata/timestamp.json");
    expect(Object.keys(unpacked).filter((path) => path.endsWith(name))).toHaveLength(1);
    for (const [path, content] of Object.entries(unpacked)) expect(content).toBe(served[path]);
  });

  test("comes over standard input too, and leaves nothing behind", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await bundle("daily");
    const pieces = [
      readFileSync(bundlePath()).subarray(0, 700),
      readFileSync(bundlePath()).subarray(700),
    ];
    expect(await importBundle("-", pieces)).toMatchObject({ code: 0 });
    expect(current("daily", "main.txt")).toBe("one");
    expect(existsSync(state("import"))).toBe(false);
  });

  test("that is older than what was seen is refused as a rollback", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await bundle("daily");
    const old = readFileSync(bundlePath());
    await shop.release({ "main.txt": "two" });
    await bundle("daily");
    await importBundle();
    writeFileSync(bundlePath(), old);
    const refused = await importBundle();
    expect(refused).toMatchObject({
      code: 3,
      document: { databases: [{ error: { code: "trust.rollback" } }] },
    });
    expect(current("daily", "main.txt")).toBe("two");
  });

  test("may be 7 days old when its timestamp has expired, and not a day more", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await bundle("daily");
    shop.now += 7 * day + 3_600_000;
    const late = await importBundle();
    expect(late).toMatchObject({
      code: 3,
      document: { databases: [{ error: { code: "trust.expired" } }] },
    });
    expect(JSON.stringify(late.document)).toContain(
      "The bundle is 7 days old; import.maxAge allows 7.",
    );
    expect(existsSync(state("databases", "daily", "current"))).toBe(false);
    shop.now -= 3_600_001;
    expect(await importBundle()).toMatchObject({ code: 0, document: { result: "updated" } });
  });

  test("with a release that was stopped installs nothing, and leaves it where it is installed", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await bundle("daily");
    await importBundle();
    await shop.release({ "main.txt": "two" });
    await shop.run(["halt", "daily", "2", "--reason", "it blocks mail"]);
    await bundle("daily");
    const held = await importBundle();
    expect(held).toMatchObject({
      code: 8,
      document: { databases: [{ error: { code: "policy.halted" } }] },
    });
    expect(JSON.stringify(held.document)).toContain("it blocks mail");
    expect(current("daily", "main.txt")).toBe("one");
    await shop.run(["halt", "daily", "2", "--lift"]);
    await bundle("daily");
    await importBundle();
    await shop.run(["halt", "daily", "2"]);
    await bundle("daily");
    const told = await importBundle();
    expect(told.code).toBe(8);
    expect(JSON.stringify(told.document)).toContain("goes back");
    expect(current("daily", "main.txt")).toBe("two");
  });

  test("is refused when its snapshot has expired, whatever its age may be", async () => {
    const settings = shop.path("p", "publisher.json");
    writeFileSync(
      settings,
      readFileSync(settings, "utf8").replace('"snapshot": 14', '"snapshot": 4'),
    );
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await bundle("daily");
    shop.now += 5 * day;
    expect(await importBundle()).toMatchObject({ code: 3, document: { result: "refused" } });
  });

  test("with a byte flipped anywhere in a file installs nothing of it", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await bundle("daily");
    const bytes = readFileSync(bundlePath());
    const place = bytes.lastIndexOf("one");
    bytes.write("eno", place);
    writeFileSync(bundlePath(), bytes);
    expect(await importBundle()).toMatchObject({ code: 3 });
    expect(existsSync(state("databases", "daily", "current"))).toBe(false);
  });

  test.each([
    ["that is cut off", (bytes: Buffer) => bytes.subarray(0, 5000), 4],
    ["that is no tar", () => Buffer.from("hello"), 4],
  ])("%s is refused in one sentence, and nothing is changed", async (_, damage, code) => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await bundle("daily");
    writeFileSync(bundlePath(), damage(readFileSync(bundlePath())));
    const refused = await importBundle();
    expect(refused).toMatchObject({ code, document: { error: { code: "bundle.malformed" } } });
    expect(readdirSync(state())).toEqual([]);
  });

  test("that is missing, or holds no configured database, is refused", async () => {
    expect(await importBundle()).toMatchObject({ code: 2 });
    await shop.addDatabase("other");
    await shop.release({ "main.txt": "one" }, "other");
    await bundle("other");
    const none = await importBundle();
    expect(none).toMatchObject({ code: 2 });
    expect(JSON.stringify(none.document)).toContain(
      "none of the configured databases (daily, rules)",
    );
  });
});

describe("the command bundle", () => {
  test.each([
    ["a database that there is not", ["other", "-o", "x.tar"], 2, 'no database "other"'],
    [
      "a database without a release",
      ["daily", "-o", "x.tar"],
      2,
      "Nothing of daily is published yet",
    ],
    ["no file to write", ["daily"], 2, "--output"],
  ])("refuses %s", async (_, words, code, message) => {
    await shop.addDatabase();
    const before = treeOf(shop.path("p"));
    const ended = await shop.run(["bundle", ...words]);
    expect(ended.err).toContain(message);
    expect(ended.code).toBe(code);
    expect(treeOf(shop.path("p"))).toEqual(before);
  });

  test("refuses a repository whose timestamp has expired, and a folder in the file's place", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    mkdirSync(shop.path("folder"));
    expect(await shop.run(["bundle", "daily", "-o", shop.path("folder")])).toMatchObject({
      code: 2,
    });
    shop.now += 4 * day;
    expect(await shop.run(["bundle", "daily", "-o", bundlePath()])).toMatchObject({ code: 3 });
    expect(existsSync(bundlePath())).toBe(false);
  });
});
