import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publish } from "../../../publisher/repository/publish.ts";
import { clientView } from "./client-view.ts";
import { crashingFileSystem } from "./crashing-file-system.ts";
import { useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const hour = 3_600_000;

/** The bytes of the new snapshot and timestamp, wherever they are after a crash. */
function issued(dir: string): { snapshot?: string; timestamp?: string } {
  const outbox = join(dir, "outbox", "batch");
  const served = join(dir, "repository", "metadata");
  const snapshot = [outbox, served]
    .map((folder) => join(folder, "4.snapshot.json"))
    .find((path) => existsSync(path));
  const waiting = join(outbox, "timestamp.json");
  return {
    ...(snapshot === undefined ? {} : { snapshot: readFileSync(snapshot, "utf8") }),
    ...(existsSync(waiting) ? { timestamp: readFileSync(waiting, "utf8") } : {}),
  };
}

test("a publication that dies at any step is finished later with the same bytes", async () => {
  await shop.addDatabase();
  await shop.release({ "a.txt": "same\n".repeat(100), "b.txt": "old\n".repeat(100) });
  await shop.propose({ "a.txt": "same\n".repeat(100), "b.txt": "new\n".repeat(100) });
  await shop.approve("alice");
  await shop.approve("bob");
  cpSync(shop.path("p"), shop.path("ready"), { recursive: true });
  const dir = shop.path("p");
  const seen = { old: 0, new: 0, kept: 0 };
  let calls = 0;
  for (let step = 1; ; step += 1) {
    rmSync(dir, { recursive: true });
    cpSync(shop.path("ready"), dir, { recursive: true });
    const fs = crashingFileSystem(step);
    const died = await publish(await shop.open(fs), shop.roles).then(
      () => false,
      () => true,
    );
    if (!died) break;
    calls = step;
    const view = clientView(join(dir, "repository"), shop.now);
    const b = view.databases["daily"]?.files["b.txt"];
    expect(["old\n".repeat(100), "new\n".repeat(100)]).toContain(b);
    expect(view.snapshot).toBe(b?.startsWith("old") === true ? 3 : 4);
    seen[view.snapshot === 3 ? "old" : "new"] += 1;
    const before = issued(dir);
    if (before.snapshot !== undefined) seen.kept += 1;

    shop.now += hour; // whatever is signed now differs from what was signed before
    await shop.publish();
    shop.now -= hour;
    const after = clientView(join(dir, "repository"), shop.now);
    expect(after.databases["daily"]).toMatchObject({
      version: 2,
      files: { "b.txt": "new\n".repeat(100) },
    });
    expect(after.snapshot).toBe(4);
    expect(after.timestamp).toBe(4);
    const metadata = join(dir, "repository", "metadata");
    if (before.snapshot !== undefined) {
      expect(readFileSync(join(metadata, "4.snapshot.json"), "utf8")).toBe(before.snapshot);
    }
    if (before.timestamp !== undefined) {
      expect(readFileSync(join(metadata, "timestamp.json"), "utf8")).toBe(before.timestamp);
    }
    expect(readdirSync(join(dir, "outbox"))).toEqual([]);
    expect(readdirSync(join(dir, "proposals"))).toEqual([]);
    expect(readdirSync(metadata).filter((name) => name.endsWith(".snapshot.json"))).toHaveLength(4);
  }
  expect(calls).toBeGreaterThan(40);
  expect(seen.old).toBeGreaterThan(20);
  expect(seen.new).toBeGreaterThan(5);
  expect(seen.kept).toBeGreaterThan(20);
}, 300_000);
