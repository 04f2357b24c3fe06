import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { VouchsafeError } from "../../../protocol/errors.ts";
import type { OpenRole } from "../../../publisher/keys/role-signers.ts";
import { publish } from "../../../publisher/repository/publish.ts";
import { rotate as rotateRole } from "../../../publisher/repository/rotate.ts";
import { readStatus } from "../../../publisher/repository/status.ts";
import { agentTrust } from "./agent-client.ts";
import { clientView } from "./client-view.ts";
import { cutAtEveryCall } from "./cut-at-every-call.ts";
import { newcomer, rotationsOf } from "./rotation-shop.ts";
import { codeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const { rotate, withdraw, approve } = rotationsOf(shop);
const hour = 3_600_000;
const repository = (...names: string[]) => shop.path("p", "repository", ...names);
const view = () => clientView(repository(), shop.now);
const places = () => ({ dir: shop.path("p"), copy: shop.path("before") });
const stayed = ["bob", "carol", "dave"];
const files = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`f${i}.txt`, `line ${i}`]));

/** The bytes of metadata that a batch in the outbox holds, by name. */
function batch(): ReadonlyMap<string, Buffer> {
  const dir = shop.path("p", "outbox", "batch");
  if (!existsSync(dir)) return new Map();
  const names = readdirSync(dir).filter((name) => name !== "batch.json");
  return new Map(names.map((name) => [name, readFileSync(join(dir, name))]));
}

/** Ends what a dead command began, an hour later; what was in the outbox goes out as it was. */
async function finish(command: () => Promise<unknown>): Promise<void> {
  const begun = batch();
  shop.now += hour;
  await command();
  shop.now -= hour;
  for (const [name, bytes] of begun) {
    expect(readFileSync(repository("metadata", name)).equals(bytes)).toBe(true);
  }
  expect(readdirSync(shop.path("p", "outbox"))).toEqual([]);
}

describe("a change of a database's keys that dies at any step", () => {
  test("while it is signed, is whole or not there", async () => {
    await shop.addDatabase();
    await shop.release(files);
    const before = view();
    const seen = { none: 0, signed: 0 };
    const cuts = await cutAtEveryCall({
      ...places(),
      command: async (fs) => rotate(stayed, "daily", await shop.open(fs)),
      afterDeath: async () => {
        expect(view()).toEqual(before);
        const { keyChange } = await readStatus(await shop.open());
        seen[keyChange === null ? "none" : "signed"] += 1;
        if (keyChange === null) await rotate(stayed);
        expect(await readStatus(await shop.open())).toMatchObject({
          keyChange: { state: "signed", databases: ["daily"] },
        });
      },
    });
    expect(seen.none + seen.signed).toBe(cuts);
    expect(seen.none).toBeGreaterThan(3);
    expect(seen.signed).toBeGreaterThan(0);
  }, 600_000);

  test.each([
    ["without bins", undefined],
    ["with bins", { count: 2, style: "path_hash_prefixes" } as const],
  ])(
    "while it is published, %s, never shows a mix, and ends with the same bytes",
    async (_, bins) => {
      await shop.addDatabase("daily", 0, bins);
      await shop.release(files);
      await rotate(stayed);
      await shop.propose(files);
      await approve(["bob", "dave"]);
      const seen = { old: 0, new: 0 };
      const cuts = await cutAtEveryCall({
        ...places(),
        command: async (fs) => publish(await shop.open(fs), shop.roles),
        afterDeath: async () => {
          const { snapshot, databases } = view();
          expect([3, 4]).toContain(snapshot);
          expect(databases["daily"]?.version).toBe(snapshot - 2);
          seen[snapshot === 3 ? "old" : "new"] += 1;
          await finish(() => shop.publish());
          expect(view()).toMatchObject({
            snapshot: 4,
            databases: { daily: { version: 2, files } },
          });
          expect(readdirSync(shop.path("p", "proposals"))).toEqual([]);
          expect(await readStatus(await shop.open())).toMatchObject({
            keyChange: null,
            databases: [{ threshold: 2, keys: { length: 3 }, next: null }],
          });
        },
      });
      expect(cuts).toBe(seen.old + seen.new);
      expect(seen.old).toBeGreaterThan(30);
      expect(seen.new).toBeGreaterThan(5);
    },
    600_000,
  );

  test("while it is taken back, still counts or never will", async () => {
    await shop.addDatabase("daily");
    await shop.addDatabase("rules");
    await shop.release(files, "daily");
    await shop.release(files, "rules");
    await rotate(stayed, "daily");
    await rotate(stayed, "rules");
    const kept = new Set<string>();
    const cuts = await cutAtEveryCall({
      ...places(),
      command: async (fs) => withdraw("daily", await shop.open(fs)),
      afterDeath: async () => {
        expect(view().databases["daily"]?.files).toEqual(files);
        await finish(() => shop.publish());
        const { keyChange } = await readStatus(await shop.open());
        const waits = keyChange?.state === "signed" ? keyChange.databases : [];
        kept.add(waits.join(" "));
        if (waits.includes("daily")) await withdraw("daily");
        await shop.release({ ...files, "f1.txt": "other" }); // by the old keys
        expect(view().databases["daily"]?.version).toBe(2);
      },
    });
    expect(cuts).toBeGreaterThan(30);
    expect([...kept].toSorted()).toEqual(["", "daily rules", "rules"]);
  }, 600_000);
});

describe("a change of a role's keys that dies at any step", () => {
  const fresh = newcomer("fresh");
  /** Opens the new key or that of the workshop, whichever a root names; the old one may be lost. */
  const rolesWith =
    (lost?: string): OpenRole =>
    async (root, role) => {
      if (root.roles[role].keyIds.includes(fresh.key.keyId)) return [fresh];
      if (role === lost) throw new VouchsafeError("key.unusable", "It was lost.");
      return role === "root" ? [await shop.keyOf("root-1")] : shop.roles(root, role);
    };
  const change = (role: "root" | "targets" | "snapshot" | "timestamp", lost?: string) =>
    cutAtEveryCall({
      ...places(),
      command: async (fs) =>
        rotateRole(await shop.open(fs), rolesWith(lost), async () => [fresh], {
          role,
          keys: [fresh],
        }),
      afterDeath: async () => {
        rmSync(shop.path("agent"), { recursive: true, force: true });
        shown.push(shownNow());
        const began = batch().size > 0;
        await finish(async () => publish(await shop.open(), rolesWith()));
        const after = view();
        if (began) expect(after.root).toBe(2);
        expect(after.databases["daily"]).toEqual(release);
        const trust = await agentTrust(repository(), shop.path("agent"), shop.now);
        await trust.refresh();
        expect((await trust.release("daily")).version).toBe(1);
      },
    });
  let shown: string[] = [];
  let release: unknown;
  const shownNow = (): string => {
    try {
      const { root, snapshot, databases } = view();
      expect(databases["daily"]).toEqual(release);
      return `root ${root}, snapshot ${snapshot}`;
    } catch (error) {
      expect(error).toEqual(codeOf("trust.signature"));
      return "refused";
    }
  };
  const prepare = async () => {
    await shop.addDatabase();
    await shop.release(files);
    release = view().databases["daily"];
    shown = [];
  };

  test.each(["targets", "snapshot", "timestamp"] as const)(
    "of %s, is never refused by a client while the old key can still sign",
    async (role) => {
      await prepare();
      expect(await change(role)).toBeGreaterThan(30);
      const seen = new Set(shown);
      expect([...seen]).toEqual(["root 1, snapshot 3", "root 1, snapshot 4", "root 2, snapshot 4"]);
    },
    600_000,
  );

  test("of root, is never refused", async () => {
    await prepare();
    await change("root");
    expect([...new Set(shown)]).toEqual([
      "root 1, snapshot 3",
      "root 2, snapshot 3",
      "root 2, snapshot 4",
    ]);
  }, 600_000);

  test.each(["targets", "snapshot", "timestamp"] as const)(
    "of %s, whose old key was lost, is refused between root and timestamp, and heals",
    async (role) => {
      await prepare();
      await change(role, role);
      expect([...new Set(shown)]).toEqual(["root 1, snapshot 3", "refused", "root 2, snapshot 4"]);
    },
    600_000,
  );
});
