import { afterEach, beforeEach, expect, test } from "vitest";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { namedSigner } from "../../testkit/memory-publisher.ts";

const day = 86_400_000;
let engine: EngineFixture;
let time: number;
const now = () => new Date(time);

beforeEach(async () => {
  time = Date.now();
  engine = await engineFixture("vouchsafe-offline-", () => time);
  await engine.publish({ "main.txt": "one" });
  expect((await engine.updateDaily({ now })).result).toBe("updated");
});
afterEach(() => engine.remove());

test("two months and three roots later the next update succeeds", async () => {
  for (const name of ["second", "third", "fourth"]) {
    time += 20 * day;
    engine.publisher.roles.root = { signers: [namedSigner(`${name} root`)], threshold: 1 };
    engine.publisher.roles.timestamp = {
      signers: [namedSigner(`${name} timestamp`)],
      threshold: 1,
    };
    await engine.publisher.rotateRoot();
    await engine.publish({ "main.txt": name });
  }
  expect(await engine.updateDaily({ now })).toMatchObject({
    result: "updated",
    to: { version: 4 },
  });
  expect(engine.read("main.txt")).toBe("fourth");
});

test("a repository that nobody tended for as long is refused, and taken again once it is", async () => {
  time += 61 * day;
  expect(await engine.updateDaily({ now })).toMatchObject({
    result: "refused",
    error: { class: "trust" },
  });
  expect(engine.read("main.txt")).toBe("one");
  await engine.publish({ "main.txt": "two" });
  expect((await engine.updateDaily({ now })).result).toBe("updated");
  expect(engine.read("main.txt")).toBe("two");
});
