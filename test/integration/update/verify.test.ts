import {
  chmodSync,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyDatabases } from "../../../agent/update/verify-databases.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";

let engine: EngineFixture;

beforeEach(async () => {
  engine = await engineFixture();
  await engine.publish({ "main.txt": "good", "sub/other.txt": "fine" });
  await engine.updateDaily();
});
afterEach(() => engine.remove());

const verify = (deep = false) => verifyDatabases(engine.context(), ["daily"], { deep });
const inCurrent = (path: string): string => join(engine.state, "databases/daily/current", path);

function openFolder(path: string): void {
  chmodSync(inCurrent(path), 0o755);
}

test("what is as it was signed is intact", async () => {
  const { result, databases } = await verify();
  expect(result).toBe("intact");
  expect(databases[0]?.generations[0]).toMatchObject({ files: 2, bytes: 8, deviations: [] });
});

test("one changed byte is found, even with size and time as before, and the update repairs it", async () => {
  const file = inCurrent("main.txt");
  const { atime, mtime } = statSync(file);
  chmodSync(file, 0o644);
  writeFileSync(file, "evil");
  chmodSync(file, 0o444);
  utimesSync(file, atime, mtime);
  expect(await verify()).toMatchObject({
    result: "tampered",
    error: { code: "trust.tampered", class: "trust" },
    databases: [{ generations: [{ deviations: [{ path: "main.txt", problem: "changed" }] }] }],
  });
  expect(readFileSync(file, "utf8")).toBe("evil");
  expect(await engine.updateDaily()).toMatchObject({
    result: "updated",
    plan: { action: "repair" },
  });
  expect((await verify(true)).result).toBe("intact");
});

test("a missing file and one too many are found", async () => {
  openFolder("sub");
  unlinkSync(inCurrent("sub/other.txt"));
  writeFileSync(inCurrent("sub/extra.txt"), "");
  openFolder("");
  mkdirSync(inCurrent("empty"));
  const { databases } = await verify();
  expect(databases[0]?.generations[0]?.deviations).toEqual([
    { path: "sub/other.txt", problem: "missing" },
    { path: "sub/extra.txt", problem: "unexpected" },
    { path: "empty", problem: "unexpected" },
  ]);
});

test("only --deep reads the generations that are not current", async () => {
  const first = inCurrent("main.txt");
  const path = join(
    engine.state,
    "databases/daily/generations",
    engine.current() ?? "",
    "main.txt",
  );
  await engine.publish({ "main.txt": "next", "sub/other.txt": "fine" });
  await engine.updateDaily();
  chmodSync(path, 0o644);
  writeFileSync(path, "evil");
  expect(first).toBe(inCurrent("main.txt"));
  expect((await verify()).result).toBe("intact");
  expect((await verify(true)).result).toBe("tampered");
});

test("nothing installed is absent, not tampered", async () => {
  const fresh = await engineFixture();
  const { databases, result } = await verifyDatabases(fresh.context(), [], { deep: false });
  expect([result, databases[0]?.result]).toEqual(["intact", "absent"]);
  await fresh.remove();
});
