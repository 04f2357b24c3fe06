import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type HaltRequest, halt, type OpenHalt } from "../../../publisher/repository/halt.ts";
import { agentTrust } from "./agent-client.ts";
import { clientView } from "./client-view.ts";
import { tufJsClient } from "./tuf-js-client.ts";
import { codeOf, day, treeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const repository = () => shop.path("p", "repository");
const openWith =
  (name: string): OpenHalt =>
  async () => [await shop.keyOf(name)];
const stop = async (change: Partial<HaltRequest> = {}, key = "halt") =>
  halt(await shop.open(), shop.roles, openWith(key), {
    database: "daily",
    version: 1,
    reason: "it blocks mail",
    lift: false,
    ...change,
  });
/** One check by an agent that keeps its state, and the release that it leads to. */
const check = async () => {
  const trust = await agentTrust(repository(), shop.path("agent"), shop.now);
  const { changed } = await trust.refresh();
  return { changed, release: await trust.release("daily") };
};

describe("halt", () => {
  test("reaches an agent in one check, and a newer release is free of it", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    expect((await check()).release).not.toHaveProperty("halted");
    await stop();
    expect(await check()).toMatchObject({
      changed: true,
      release: { version: 1, halted: true, stop: { reason: "it blocks mail" } },
    });
    await shop.release({ "main.txt": "two" });
    const { release } = await check();
    expect(release).toMatchObject({ version: 2, haltedVersions: [1] });
    expect(release).not.toHaveProperty("halted");
  });

  test("is taken back by --lift, by the same key", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await stop();
    await stop({ lift: true, reason: "" });
    expect((await check()).release).not.toHaveProperty("halted");
    await expect(stop({ lift: true, reason: "" })).rejects.toEqual(codeOf("state.missing"));
  });

  test("ends by itself after 30 days, and stops nothing else then", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    const { expires } = await stop();
    expect(Date.parse(expires)).toBe(shop.now + 30 * day);
    shop.now += 31 * day;
    await shop.run(["refresh"]);
    expect((await check()).release).not.toHaveProperty("halted");
  });

  test("counts only under its own key, and an agent refuses all without it", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await stop({}, "mallory");
    await expect(check()).rejects.toEqual(codeOf("trust.signature"));
  });

  test("cannot be withheld by a mirror", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await stop();
    rmSync(shop.path("p", "repository", "metadata", "1.halt.json"));
    await expect(check()).rejects.toEqual(codeOf("repository.missing"));
  });

  test("keeps what was halted before, and its reason when it is halted again", async () => {
    await shop.addDatabase();
    await shop.addDatabase("rules");
    await shop.release({ "main.txt": "one" });
    await shop.release({ "main.txt": "one" }, "rules");
    await stop();
    shop.now += day;
    await stop({ database: "rules", reason: "" });
    const { halted } = await stop({ reason: "" });
    expect(halted.map(({ database, reason }) => `${database}: ${reason}`).toSorted()).toEqual([
      "daily: it blocks mail",
      "rules: ",
    ]);
  });

  test("is no obstacle to other clients, nor to what is published later", async () => {
    shop.now = Date.now();
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await stop();
    const download = await tufJsClient(repository(), shop.path("client"));
    expect(await download("daily/main.txt")).toBe("one");
    await shop.release({ "main.txt": "two" });
    expect(await download("daily/main.txt")).toBe("two");
    expect(clientView(repository(), shop.now).databases["daily"]?.version).toBe(2);
  });
});

describe("the command halt", () => {
  test("halts with the key in the folder, shows it in the status, and lifts it", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    const halted = await shop.run(["halt", "daily", "1", "--reason", "it blocks mail", "--json"]);
    expect(halted.code).toBe(0);
    expect(halted.document()).toMatchObject({ result: "halted", database: "daily", version: 1 });
    const { out } = await shop.run(["status"]);
    expect(out).toMatch(/Halted:\n\s+daily 1\s+2026-11-24T12:00:00Z\s+it blocks mail/);
    expect(out).toMatch(/halt\s+1\s+2026-12-24T12:00:00Z/);
    const lifted = await shop.run(["halt", "daily", "1", "--lift", "--key", "halt"]);
    expect(lifted.out).toContain("daily 1 may be installed again.");
    expect((await shop.run(["status"])).out).not.toContain("Halted:");
  });

  test.each([
    ["a release that was never published", ["daily", "2"], 2, "has no release 2; 1 is published"],
    ["a database that there is not", ["other", "1"], 2, 'no database "other"'],
    ["something that is no number", ["daily", "latest"], 2, "VERSION is the number"],
    ["a lift with a reason", ["daily", "1", "--lift", "--reason", "x"], 2, "does not go with"],
    ["a lift of what is not halted", ["daily", "1", "--lift"], 2, "is not halted"],
    ["a key of another", ["daily", "1", "--key", "alice"], 2, "may not halt"],
    ["a reason with control characters", ["daily", "1", "--reason", "a\u0007"], 2, "control"],
  ])("refuses %s and changes nothing", async (_, words, code, message) => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    const before = treeOf(shop.path("p"));
    const ended = await shop.run(["halt", ...words]);
    expect(ended.err).toContain(message);
    expect(ended.code).toBe(code);
    expect(treeOf(shop.path("p"))).toEqual(before);
  });
});
