import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { refresh } from "../../../publisher/repository/refresh.ts";
import { readStatus } from "../../../publisher/repository/status.ts";
import { clientView } from "./client-view.ts";
import { codeOf, day, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const view = () => clientView(shop.path("p", "repository"), shop.now);
const renew = async () => refresh(await shop.open(), shop.roles);
const status = async () => readStatus(await shop.open());

describe("refresh", () => {
  test("renews the timestamp alone while the snapshot is young", async () => {
    await shop.addDatabase();
    shop.now += 2 * day;
    expect(await renew()).toMatchObject({
      snapshotRenewed: false,
      snapshotVersion: 2,
      timestampVersion: 3,
      expires: "2026-11-29T12:00:00Z",
    });
    expect(view()).toMatchObject({ timestamp: 3, snapshot: 2 });
  });

  test("renews the snapshot too once it is half over, and what it lists stays", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    const before = view();
    shop.now += 8 * day;
    expect(() => view()).toThrow("expired");
    expect(await renew()).toMatchObject({ snapshotRenewed: true, snapshotVersion: 4 });
    expect(view()).toEqual({ ...before, timestamp: 4, snapshot: 4 });
  });

  test("cures a repository whose online metadata has expired", async () => {
    await shop.addDatabase();
    shop.now += 40 * day;
    await renew();
    expect(view().timestamp).toBe(3);
  });

  test("refuses an outbox that is older than what is published", async () => {
    await shop.addDatabase();
    const stale = shop.path("stale");
    cpSync(shop.path("p", "repository", "metadata", "timestamp.json"), `${stale}.json`);
    await renew();
    const batch = shop.path("p", "outbox", "batch");
    shop.write(batch, { "timestamp.json": readFileSync(`${stale}.json`) });
    const digest = sha256(readFileSync(`${stale}.json`));
    const metadata = [{ name: "timestamp.json", sha256: digest }];
    const document = { format: 1, files: [], metadata, proposals: [] };
    writeFileSync(`${batch}/batch.json`, JSON.stringify(document));
    await expect(renew()).rejects.toEqual(codeOf("repository.incomplete"));
    expect(view().timestamp).toBe(3);
  });
});

describe("status", () => {
  test("tells what expires when", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    shop.now += 2.5 * day;
    const { expiries } = await status();
    expect(expiries.map(({ role, version, state }) => `${role} ${version} ${state}`)).toEqual([
      "root 1 ok",
      "targets 2 ok",
      "snapshot 3 ok",
      "timestamp 3 soon",
      "daily 1 ok",
    ]);
    shop.now += day;
    expect((await status()).expiries[3]).toMatchObject({ role: "timestamp", state: "expired" });
  });

  test("tells what waits for whom, by the names of the keys", async () => {
    await shop.addDatabase();
    await shop.propose({ "main.txt": "one" });
    await shop.approve("carol");
    const before = await status();
    expect(before.proposals).toMatchObject([
      {
        database: "daily",
        version: 1,
        missing: 1,
        approvedBy: [{ name: "carol" }],
        waitingFor: [{ name: "alice" }, { name: "bob" }],
      },
    ]);
    await shop.approve("alice");
    expect((await status()).proposals).toMatchObject([{ missing: 0, waitingFor: [] }]);
    await shop.publish();
    const after = await status();
    expect(after.proposals).toEqual([]);
    expect(after.databases).toMatchObject([
      { name: "daily", threshold: 2, release: { version: 1 } },
    ]);
  });

  test("tells of a proposal that is damaged, and of the rest all the same", async () => {
    await shop.addDatabase("daily");
    await shop.addDatabase("rules");
    await shop.propose({ "main.txt": "one" }, "daily");
    await shop.propose({ "main.txt": "two" }, "rules");
    writeFileSync(shop.path("p", "proposals", "daily", "role.json"), "{");
    const { broken, proposals } = await status();
    expect(broken).toMatchObject([{ database: "daily", error: { code: "proposal.changed" } }]);
    expect(proposals).toMatchObject([{ database: "rules" }]);
  });
});
