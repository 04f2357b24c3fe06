import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encodeSigned } from "../../../protocol/tuf/encode.ts";
import { encodeEnvelope, parseEnvelope } from "../../../protocol/tuf/envelope.ts";
import { parseTargets } from "../../../protocol/tuf/parse.ts";
import { signEnvelope } from "../../../protocol/tuf/sign.ts";
import { issueSnapshot } from "../../../publisher/repository/issue.ts";
import { readPublished } from "../../../publisher/repository/published.ts";
import { agentTrust } from "./agent-client.ts";
import { clientView } from "./client-view.ts";
import { rotationsOf } from "./rotation-shop.ts";
import { tufJsClient } from "./tuf-js-client.ts";
import { codeOf, useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const { rotate, withdraw, approve, personNamed } = rotationsOf(shop);
const repository = () => shop.path("p", "repository");
const signed = () => shop.path("p", "proposals", "targets", "role.json");
const check = async (state: string) => {
  const trust = await agentTrust(repository(), shop.path(state), shop.now);
  await trust.refresh();
  return (await trust.release("daily")).version;
};
const view = () => clientView(repository(), shop.now);
const stayed = ["bob", "carol", "dave"];

describe("an attacker", () => {
  /** Publishes a role as somebody would who holds the keys of snapshot and timestamp. */
  async function publishForged(signers: readonly string[]): Promise<void> {
    const publisher = await shop.open();
    const bytes = readFileSync(shop.path("p", "repository", "metadata", "2.daily.json"));
    const role = parseTargets(parseEnvelope(bytes, 1_000_000).signed);
    const forged = encodeSigned({ ...role, version: 3 });
    const keys = await Promise.all(signers.map(personNamed));
    await issueSnapshot(publisher, await readPublished(publisher), shop.roles, {
      roles: [{ role: "daily", version: 3, bytes: await signEnvelope(forged, keys) }],
      files: [],
      proposals: [],
    });
  }

  test.each([
    ["the keys that left", ["alice", "mallory"]],
    ["a key that left and one that stayed", ["alice", "bob"]],
    ["one key that stayed", ["bob"]],
  ])("with the online keys and %s makes no release", async (_, signers) => {
    shop.now = Date.now();
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    const download = await tufJsClient(repository(), shop.path("client"));
    await download("daily/main.txt");
    await check("agent");
    await rotate(stayed);
    await shop.propose({ "main.txt": "one" });
    await approve(["bob", "dave"]);
    await shop.publish();
    await publishForged(signers);
    await expect(check("agent")).rejects.toEqual(codeOf("trust.signature"));
    await expect(check("new")).rejects.toEqual(codeOf("trust.signature"));
    await expect(download("daily/main.txt")).rejects.toThrow(/signed by [01]\/2 keys/);
  });

  test("who writes a change of keys into the folder, unsigned or not, changes nothing", async () => {
    await shop.addDatabase();
    await shop.release({ "main.txt": "one" });
    await rotate(["mallory", "eve"]);
    const { signed: taken, signatures } = parseEnvelope(readFileSync(signed()), 1_000_000);
    await withdraw();
    const forged = encodeSigned({ ...parseTargets(taken), version: 5 });
    const bySelf = await signEnvelope(forged, [await shop.keyOf("mallory")]);
    mkdirSync(shop.path("p", "proposals", "targets"));
    for (const bytes of [encodeEnvelope(forged, signatures), bySelf, "{"]) {
      writeFileSync(signed(), bytes);
      await shop.propose({ "main.txt": "bad" });
      await expect(approve(["mallory"])).rejects.toEqual(codeOf("key.unusable"));
      await expect(shop.publish()).rejects.toEqual(codeOf("proposal.approvals"));
      await shop.run(["withdraw", "daily"]);
    }
    expect(view().databases["daily"]?.version).toBe(1);
  });
});
