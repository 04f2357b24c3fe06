/** Several mirrors: what one does wrong holds nothing back, is told, and is remembered. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventsOf } from "../../../agent/cli/report-update.ts";
import { openMirrors } from "../../../agent/transfer/mirrors.ts";
import { createRepository } from "../../../agent/transfer/repository.ts";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { systemClock } from "../../../host/clock.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import type { HttpClient } from "../../../host/http/types.ts";
import { createHttp } from "../../../host/http.ts";
import { silentLog } from "../../../host/log.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { type MisbehavingServer, misbehavingServer } from "../../testkit/misbehaving-server.ts";

let engine: EngineFixture;
let first: MisbehavingServer;
let second: MisbehavingServer;
let http: HttpClient;
let now: () => Date;

beforeEach(async () => {
  engine = await engineFixture();
  first = await misbehavingServer(engine.publisher.files);
  second = await misbehavingServer(engine.publisher.files);
  http = createHttp({
    userAgent: "test",
    timeouts: { connectMs: 10_000, idleMs: 10_000 },
    redirects: "same-origin",
  });
  now = () => new Date();
  await engine.publish({ "main.txt": "one".repeat(1000) });
  expect((await update()).result).toBe("updated");
});
afterEach(async () => {
  http.close();
  await first.close();
  await second.close();
  await engine.remove();
});

/** An update as a new process makes it. */
async function update() {
  const clock = { ...systemClock, now: () => now(), sleep: async () => undefined };
  const { state } = engine;
  const ports = { fs: nodeFileSystem, clock, log: silentLog, state };
  const mirrors = await openMirrors([first.url, second.url], ports);
  const repository = createRepository(http, mirrors, { clock, random: () => 0.5, log: silentLog });
  return engine.update({ repository, now: () => now() });
}

const notesOf = (outcome: Awaited<ReturnType<typeof update>>): string =>
  outcome.databases.flatMap(({ mirrors = [] }) => mirrors).join("\n");

const askedLast = (): readonly string[] => [
  first.requests.splice(0).at(-1) ?? "nothing",
  second.requests.splice(0).at(-1) ?? "nothing",
];

describe("metadata of one mirror that is refused", () => {
  const roles = [
    ["timestamp", /timestamp\.json$/],
    ["snapshot", /snapshot\.json/],
    ["targets", /[0-9]\.targets\.json/],
    ["the database's role", /daily\.json/],
  ] as const;

  test.each(roles)("%s: another mirror's counts, and the mirror is named", async (_, where) => {
    await engine.publish({ "main.txt": "two" });
    first.misbehave(where, { kind: "wrong-bytes" });
    const outcome = await update();
    expect(outcome.result).toBe("updated");
    expect(engine.read("main.txt")).toBe("two");
    expect(notesOf(outcome)).toContain(
      `The mirror ${first.url} gave metadata that was refused [trust.`,
    );
  });

  test.each(roles)("%s of every mirror: nothing is accepted", async (_, where) => {
    await engine.publish({ "main.txt": "two" });
    first.misbehave(where, { kind: "wrong-bytes" });
    second.misbehave(where, { kind: "wrong-bytes" });
    expect(exitCodeOfOutcome(await update())).toBe(3);
    expect(engine.read("main.txt")).toBe("one".repeat(1000));
  });

  test("an older timestamp than was seen is told as a rollback, and held nothing back", async () => {
    const old = new Map(engine.publisher.files);
    await engine.publish({ "main.txt": "two" });
    await update();
    await engine.publish({ "main.txt": "three" });
    await first.close();
    first = await misbehavingServer(old);
    const outcome = await update();
    expect(outcome.result).toBe("updated");
    expect(engine.read("main.txt")).toBe("three");
    expect(notesOf(outcome)).toContain(
      `${first.url} gave metadata that was refused [trust.rollback]`,
    );
  });

  test("a rollback that every mirror shows is refused", async () => {
    const old = new Map(engine.publisher.files);
    await engine.publish({ "main.txt": "two" });
    await update();
    for (const [path, bytes] of old) engine.publisher.files.set(path, bytes);
    expect(await update()).toMatchObject({ result: "refused", error: { code: "trust.rollback" } });
    expect(engine.read("main.txt")).toBe("two");
  });

  test("when the other mirror is down, the refusal is the error", async () => {
    await engine.publish({ "main.txt": "two" });
    first.misbehave(/timestamp\.json$/, { kind: "wrong-bytes" });
    second.misbehave(/./, { kind: "status", status: 503 });
    expect(await update()).toMatchObject({ result: "refused" });
  });
});

test("a mirror that gave wrong bytes is named in the outcome, and asked last for a day", async () => {
  await engine.publish({ "main.txt": "two".repeat(1000) });
  first.misbehave(/main\.txt/, { kind: "wrong-bytes" });
  const outcome = await update();
  expect(outcome.result).toBe("updated");
  expect(notesOf(outcome)).toContain(`The mirror ${first.url} gave wrong bytes of targets/daily/`);
  const events = outcome.databases.flatMap((database) => eventsOf(database, undefined));
  expect(events.map(({ kind }) => kind)).toEqual(["mirror", "installed"]);
  expect(engine.read("main.txt")).toBe("two".repeat(1000));
  first.behave();
  askedLast();
  await update();
  expect(askedLast()).toEqual(["nothing", "metadata/timestamp.json"]);
  now = () => new Date(Date.now() + 25 * 3_600_000);
  await update();
  expect(askedLast()).toEqual(["metadata/timestamp.json", "nothing"]);
});

test("a mirror that failed is asked after the other in the next process", async () => {
  first.misbehave(/./, { kind: "status", status: 403 });
  await update();
  first.behave();
  askedLast();
  await update();
  expect(askedLast()).toEqual(["nothing", "metadata/timestamp.json"]);
});

test("a wish to be left alone is kept over processes, for a day at most", async () => {
  const busy = { kind: "status", status: 503, retryAfter: "8640000" } as const;
  first.misbehave(/./, busy);
  second.misbehave(/./, busy);
  expect((await update()).error?.code).toBe("transfer.status");
  askedLast();
  const outcome = await update();
  expect(outcome.error?.message).toMatch(/^All mirrors ask to be left alone until 2/);
  expect(askedLast()).toEqual(["nothing", "nothing"]);
  first.behave();
  now = () => new Date(Date.now() + 25 * 3_600_000);
  expect((await update()).result).toBe("current");
});

test("a check that finds nothing writes nothing; a damaged memory is learnt anew", async () => {
  const memory = join(engine.state, "mirrors.json");
  expect(() => readFileSync(memory)).toThrow(/ENOENT/);
  for (const damage of ["{", '{"format":1,"mirrors":[]}', '{"format":9}']) {
    writeFileSync(memory, damage);
    expect((await update()).result).toBe("current");
  }
});
