import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readHistory, verifyHistory } from "../../../agent/update/read-history.ts";
import { readState } from "../../../agent/update/read-state.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";

let engine: EngineFixture;

beforeEach(async () => {
  engine = await engineFixture();
});
afterEach(() => engine.remove());

const inCurrent = (path: string): string => join(engine.state, "databases/daily/current", path);

describe("a first install", () => {
  test("brings one file in, under its generation's name, sealed", async () => {
    await engine.publish({ "main.txt": "one" });
    const outcome = await engine.updateDaily();
    expect(outcome).toMatchObject({ name: "daily", result: "updated", from: null, bytes: 3 });
    expect(outcome.to).toMatchObject({ version: 1 });
    expect(engine.read("main.txt")).toBe("one");
    expect(engine.current()).toBe(`1-${outcome.to?.digest.slice(0, 12)}`);
    expect(lstatSync(inCurrent("main.txt")).mode & 0o777).toBe(0o444);
    expect(statSync(inCurrent("")).mode & 0o777).toBe(0o555);
    expect(engine.leftovers()).toEqual([]);
  });

  test("brings many files in, with folders below", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [
        `part-${i % 4}/file-${i}.txt`,
        `content ${i}`.repeat(i),
      ]),
    );
    await engine.publish({ ...files, "top.txt": "", "part-1/zero.bin": Buffer.alloc(300_000) });
    expect((await engine.updateDaily()).result).toBe("updated");
    expect(engine.read("part-3/file-39.txt")).toBe("content 39".repeat(39));
    expect(engine.read("top.txt")).toBe("");
    expect(lstatSync(inCurrent("part-1/zero.bin")).size).toBe(300_000);
  });

  test("derives current.json from the link", async () => {
    await engine.publish({ "main.txt": "one" });
    await engine.updateDaily();
    const text = readFileSync(join(engine.state, "databases/daily/current.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({
      format: 1,
      database: "daily",
      generation: engine.current(),
      release: { version: 1 },
    });
  });

  test("tells every step in the order of the table", async () => {
    await engine.publish({ "main.txt": "one" });
    const steps: string[] = [];
    await engine.updateDaily({ onProgress: ({ step }) => steps.push(step) });
    expect([...new Set(steps)]).toEqual([
      "checking",
      "planning",
      "fetching",
      "assembling",
      "trial",
      "switching",
      "confirming",
      "committed",
    ]);
  });
});

describe("the next release", () => {
  test("keeps unchanged files by hard link and fetches the others", async () => {
    await engine.publish({ "same.txt": "same", "other.txt": "old" });
    await engine.updateDaily();
    const before = lstatSync(inCurrent("same.txt"));
    await engine.publish({ "same.txt": "same", "other.txt": "new content" });
    const outcome = await engine.updateDaily();
    expect(outcome.plan).toMatchObject({
      action: "install",
      keep: { files: 1, bytes: 4 },
      fetch: { files: 1 },
    });
    expect(outcome.bytes).toBe(11);
    expect(lstatSync(inCurrent("same.txt")).ino).toBe(before.ino);
    expect(engine.read("other.txt")).toBe("new content");
  });

  test("keeps a file that only moved", async () => {
    await engine.publish({ "a.txt": "content", "b.txt": "x" });
    await engine.updateDaily();
    await engine.publish({ "moved/c.txt": "content", "b.txt": "x" });
    expect((await engine.updateDaily()).bytes).toBe(0);
    expect(engine.read("moved/c.txt")).toBe("content");
    expect(engine.read("a.txt")).toBeUndefined();
  });

  test("does not link a kept file that was changed: it is fetched anew into a new inode", async () => {
    await engine.publish({ "same.txt": "same", "other.txt": "old" });
    await engine.updateDaily();
    const stat = lstatSync(inCurrent("same.txt"));
    chmodSync(inCurrent("same.txt"), 0o644);
    writeFileSync(inCurrent("same.txt"), "SAME");
    await engine.publish({ "same.txt": "same", "other.txt": "new" });
    expect((await engine.updateDaily()).result).toBe("updated");
    expect(engine.read("same.txt")).toBe("same");
    expect(lstatSync(inCurrent("same.txt")).ino).not.toBe(stat.ino);
  });

  test("hashes a kept file again: a change that time and size do not show is found", async () => {
    await engine.publish({ "same.txt": "same", "other.txt": "old" });
    await engine.updateDaily();
    const file = inCurrent("same.txt");
    const twin = join(engine.state, "twin");
    execFileSync("cp", ["-p", file, twin]);
    chmodSync(file, 0o644);
    writeFileSync(file, "SAME");
    chmodSync(file, 0o444);
    execFileSync("touch", ["-r", twin, file]);
    await engine.publish({ "same.txt": "same", "other.txt": "new" });
    const outcome = await engine.updateDaily();
    expect(outcome.plan.keep.files).toBe(1);
    expect(outcome.notes?.join()).toContain("same.txt was changed on this machine");
    expect(engine.read("same.txt")).toBe("same");
  });

  test("leaves as many generations as are to be kept, current and previous always", async () => {
    for (const content of ["1", "2", "3", "4"]) {
      await engine.publish({ "main.txt": content });
      await engine.updateDaily({ keep: 1 });
    }
    expect(engine.generations().map((name) => name.split("-")[0])).toEqual(["3", "4"]);
    await engine.publish({ "main.txt": "5" });
    await engine.updateDaily({ keep: 3 });
    expect(engine.generations().map((name) => name.split("-")[0])).toEqual(["3", "4", "5"]);
    expect(engine.leftovers()).toEqual([]);
  });

  test("is nothing to do when it is installed", async () => {
    await engine.publish({ "main.txt": "one" });
    await engine.updateDaily();
    const outcome = await engine.update();
    expect(outcome).toMatchObject({
      result: "current",
      databases: [{ result: "current", bytes: 0 }],
    });
    expect(outcome.databases[0]?.plan.why).toContain("is installed");
  });

  test("is only told with planOnly", async () => {
    await engine.publish({ "main.txt": "one" });
    const outcome = await engine.update({}, { planOnly: true });
    expect(outcome).toMatchObject({
      result: "planned",
      databases: [
        { result: "planned", plan: { action: "install", fetch: { files: 1, bytes: 3 } } },
      ],
    });
    expect(engine.generations()).toEqual([]);
    expect(engine.current()).toBeUndefined();
  });
});

describe("what is installed is damaged", () => {
  beforeEach(async () => {
    await engine.publish({ "main.txt": "good", "other.txt": "fine" });
    await engine.updateDaily();
  });

  test("a changed file is repaired in a new generation of the same release", async () => {
    const other = lstatSync(inCurrent("other.txt")).ino;
    chmodSync(inCurrent("main.txt"), 0o644);
    writeFileSync(inCurrent("main.txt"), "evil");
    const outcome = await engine.updateDaily();
    expect(outcome).toMatchObject({ result: "updated", plan: { action: "repair" } });
    expect(engine.read("main.txt")).toBe("good");
    expect(engine.current()).toMatch(/^1-[0-9a-f]{12}-2$/);
    expect(engine.generations()).toEqual([engine.current()]);
    expect(lstatSync(inCurrent("other.txt")).ino).toBe(other);
    expect((await readHistory(engine.context())).map(({ kind }) => kind)).toEqual([
      "installed",
      "repaired",
    ]);
  });

  test("a pointer that leads nowhere is mended, without a network if the disk has a generation", async () => {
    const { unlinkSync, symlinkSync } = await import("node:fs");
    const link = join(engine.state, "databases/daily/current");
    unlinkSync(link);
    symlinkSync("generations/9-000000000000", link);
    engine.publisher.files.clear();
    const outcome = await engine.updateDaily();
    expect(engine.read("main.txt")).toBe("good");
    expect(outcome.result).toBe("failed");
  });

  test("a current that is no link of ours is refused and left alone", async () => {
    const { unlinkSync } = await import("node:fs");
    const link = join(engine.state, "databases/daily/current");
    unlinkSync(link);
    writeFileSync(link, "somebody's");
    await engine.publish({ "main.txt": "next" });
    const outcome = await engine.updateDaily();
    expect(outcome.error?.code).toBe("disk.corrupt");
    expect(readFileSync(link, "utf8")).toBe("somebody's");
  });

  test("a damaged journal, record or last run does not block the next update", async () => {
    for (const file of ["daily/journal.json", "daily/record.json", "last-run.json"]) {
      writeFileSync(join(engine.state, "engine", file), "{ torn");
    }
    await engine.publish({ "main.txt": "next" });
    expect((await engine.updateDaily()).result).toBe("updated");
    expect(engine.read("main.txt")).toBe("next");
    expect(engine.leftovers()).toEqual([]);
  });

  test("state of a newer program is refused and left alone", async () => {
    const record = join(engine.state, "engine/daily/record.json");
    writeFileSync(record, '{"format":2}');
    const outcome = await engine.update();
    expect(outcome.error).toMatchObject({ code: "format.newer", class: "usage" });
    expect(readFileSync(record, "utf8")).toBe('{"format":2}');
  });
});

describe("what is remembered", () => {
  test("the state names what is installed and how the last check ended", async () => {
    await engine.publish({ "main.txt": "one" });
    await engine.updateDaily();
    const state = await readState(engine.context());
    expect(state).toMatchObject({ lastResult: "updated", historyHead: { size: 1 } });
    expect(state.databases[0]).toMatchObject({
      name: "daily",
      generation: engine.current(),
      release: { version: 1 },
      lastResult: "updated",
      underWay: null,
    });
  });

  test("the history is a chain, and a refusal that goes on is told once", async () => {
    await engine.publish({ "main.txt": "one" });
    await engine.updateDaily();
    await engine.publish({ "main.txt": "two" });
    for (const [path, bytes] of engine.publisher.files) {
      if (path.startsWith("targets/"))
        engine.publisher.files.set(path, Buffer.concat([bytes, Buffer.from("?")]));
    }
    await engine.updateDaily();
    await engine.updateDaily();
    const events = await readHistory(engine.context());
    expect(events.map(({ kind, error }) => [kind, error])).toEqual([
      ["installed", undefined],
      ["refused", "trust.mismatch"],
    ]);
    expect(await verifyHistory(engine.context())).toEqual({ lines: 2, signed: 2 });
  });
});

describe("policy", () => {
  test("a release that needs a newer agent is held", async () => {
    engine.publisher.release("daily", { "main.txt": "one" }, { info: { minAgent: "2.0.0" } });
    await engine.publisher.publish();
    const outcome = await engine.update({ agentVersion: "1.9.9" });
    expect(outcome).toMatchObject({ result: "held", error: { code: "policy.min-agent" } });
    expect((await engine.update({ agentVersion: "2.0.0" })).result).toBe("updated");
  });

  test("a name that is not configured is refused before anything is touched", async () => {
    const outcome = await engine.update({}, { databases: ["dayly"] });
    expect(outcome).toMatchObject({ result: "failed", error: { code: "state.missing" } });
    expect(() => lstatSync(engine.state)).toThrow("ENOENT");
  });

  test("two at once: the second is told that the first is at work", async () => {
    await engine.publish({ "main.txt": "one" });
    const [first, second] = await Promise.all([engine.update(), engine.update()]);
    expect(new Set([first.error?.code, second.error?.code])).toEqual(
      new Set(["busy.locked", undefined]),
    );
  });
});

test("trust that fails refuses every database and leaves the old generation", async () => {
  await engine.publish({ "main.txt": "one" });
  await engine.updateDaily();
  engine.publisher.files.set("metadata/timestamp.json", Buffer.from("{}"));
  const outcome = await engine.update();
  expect(outcome).toMatchObject({ result: "refused", error: { class: "trust" } });
  expect(outcome.databases[0]).toMatchObject({ result: "refused", from: { version: 1 }, to: null });
  expect(engine.read("main.txt")).toBe("one");
});
