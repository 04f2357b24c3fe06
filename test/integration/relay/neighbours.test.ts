/** Two machines: one has an origin and hands on what it has, the other asks it. */
import { describe, expect, test } from "vitest";
import { eventsOf } from "../../../agent/cli/report-update.ts";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { publishWithDeltas } from "../../testkit/delta-release.ts";
import { notesOf } from "../../testkit/relay-fixture.ts";
import { relayPair } from "../../testkit/relay-pair.ts";

const pair = relayPair();

describe("a machine whose origin is out of reach", () => {
  test("is installed and brought up to date by its neighbour, and tells it once", async () => {
    const outcome = await pair.second.update(pair.relayAlone());
    expect([outcome.result, pair.installed()]).toEqual(["updated", "one".repeat(1000)]);
    expect(notesOf(outcome).join()).toContain("No mirror but relays has answered");
    const events = outcome.databases.flatMap((database) => eventsOf(database, undefined));
    expect(events.map(({ kind }) => kind)).toEqual(["mirror", "installed"]);

    await pair.first.publish({ "main.txt": "two", "other.txt": "same" });
    await pair.first.update();
    const next = await pair.second.update(pair.relayAlone());
    expect([next.result, pair.installed(), notesOf(next)]).toEqual(["updated", "two", []]);
  });

  test("gets the whole file where the release has a delta", async () => {
    const [before, after] = await deltaRelease();
    const outcome = await pair.second.update(pair.relayAlone());
    expect([outcome.result, outcome.databases[0]?.notes]).toEqual(["updated", undefined]);
    expect(pair.installed()).toBe(after);
    expect(before).not.toBe(after);
  });
});

/** A release that the second machine has, and one after it with a delta, at both machines' disposal. */
async function deltaRelease(): Promise<readonly [string, string]> {
  const text = (last: string) => "a line of the database\n".repeat(20_000) + last;
  const [before, after] = [text("1"), text("2")];
  await pair.first.publish({ "main.txt": before });
  await pair.first.update();
  await pair.second.update(pair.relayAlone());
  const contents = (content: string) => ({ "main.txt": Buffer.from(content) });
  await publishWithDeltas(pair.first.publisher, "daily", contents(before), contents(after));
  await pair.first.update();
  return [before, after];
}

describe("a machine with both", () => {
  test("asks the origin for the timestamp and the root, and its neighbour for the rest", async () => {
    expect((await pair.second.update(pair.both())).result).toBe("updated");
    expect(pair.asked()).toEqual(["metadata/timestamp.json", "metadata/2.root.json"]);
    await expect.poll(() => pair.relay.totals().files).toBeGreaterThanOrEqual(5);
  });

  test("asks the origin for nothing while its last answer is fresh and nothing is new", async () => {
    await pair.second.update(pair.both());
    pair.asked();
    expect((await pair.second.update(pair.both())).result).toBe("current");
    expect(pair.asked()).toEqual([]);
  });

  test("asks the origin for a delta: that is less than the whole file for everybody", async () => {
    const [, after] = await deltaRelease();
    const handed = pair.relay.totals().bytes;
    const outcome = await pair.second.update(pair.both());
    expect([outcome.result, pair.installed()]).toEqual(["updated", after]);
    expect(pair.asked().filter((path) => path.startsWith("targets/"))).toEqual([
      expect.stringMatching(/\.vcdiff\.zst$/),
    ]);
    expect(pair.relay.totals().bytes - handed).toBeLessThan(after.length);
  });

  test("troubles an origin that is out of order a few times, however many files there are", async () => {
    const files = (last: string) =>
      Object.fromEntries(
        Array.from({ length: 30 }, (_, index) => [
          `${index}.txt`,
          Buffer.from(`a line of file ${index}\n`.repeat(500) + last),
        ]),
      );
    await pair.first.publish(files("1"));
    await pair.first.update();
    await pair.second.update(pair.both());
    await publishWithDeltas(pair.first.publisher, "daily", files("1"), files("2"));
    await pair.first.update();
    pair.asked();
    pair.origin.misbehave(/./, { kind: "status", status: 503 });
    const outcome = await pair.second.update(pair.both());
    expect([outcome.result, outcome.databases[0]?.notes]).toEqual(["updated", undefined]);
    // Four downloads at once, three rounds each, and the root.
    expect(pair.asked().length).toBeLessThanOrEqual(13);
  });

  test("is not held back by a neighbour that is behind, and does not complain of it", async () => {
    await pair.first.publish({ "main.txt": "two" });
    const outcome = await pair.second.update(pair.both());
    expect([outcome.result, pair.installed(), notesOf(outcome)]).toEqual(["updated", "two", []]);
    // The neighbour still has the release before; it is asked first, and refused in silence.
    const again = await pair.second.update(pair.both());
    expect([again.result, notesOf(again)]).toEqual(["current", []]);
    // Once it has caught up it is asked first again, before an hour is over.
    await pair.first.update();
    pair.asked();
    const later = () => new Date(Date.now() + 11 * 60_000);
    expect((await pair.second.update(pair.both(), later)).result).toBe("current");
    expect(pair.asked()).toEqual([]);
  });

  test("takes a new root from the origin that its neighbour does not know of", async () => {
    await pair.second.update(pair.both());
    await pair.first.publisher.rotateRoot();
    await pair.first.publish({ "main.txt": "two" });
    await pair.first.update();
    await pair.first.publisher.rotateRoot();
    await pair.first.publish({ "main.txt": "three" });
    await pair.first.update();
    const outcome = await pair.second.update(pair.both());
    expect([outcome.result, pair.installed(), notesOf(outcome)]).toEqual(["updated", "three", []]);
  });

  test("names a neighbour that gives wrong bytes, sets it aside, and asks the next", async () => {
    const liar = await pair.another();
    liar.misbehave(/main\.txt/, { kind: "wrong-bytes" });
    const choice = { origins: [pair.origin.url], relays: [liar.url, pair.relay.url] };
    const outcome = await pair.second.update(choice);
    expect([outcome.result, pair.installed()]).toEqual(["updated", "one".repeat(1000)]);
    expect(notesOf(outcome)).toEqual([
      expect.stringContaining(`The mirror ${liar.url} gave wrong bytes of targets/daily/`),
    ]);
    liar.requests.length = 0;
    await pair.second.update(choice);
    expect(liar.requests).toEqual([]);
  });

  test("goes on at the origin where its neighbour has only wrong bytes", async () => {
    const liar = await pair.another();
    liar.misbehave(/main\.txt/, { kind: "wrong-bytes" });
    const outcome = await pair.second.update({ origins: [pair.origin.url], relays: [liar.url] });
    expect([outcome.result, pair.installed()]).toEqual(["updated", "one".repeat(1000)]);
    expect(notesOf(outcome).join()).toContain(liar.url);
  });

  test("refuses what every one of them forges", async () => {
    const liar = await pair.another();
    for (const server of [pair.origin, liar]) {
      server.misbehave(/main\.txt/, { kind: "wrong-bytes" });
    }
    const liars = { origins: [pair.origin.url], relays: [liar.url] };
    expect(exitCodeOfOutcome(await pair.second.update(liars))).toBe(3);
    expect(pair.installed()).toBeUndefined();
  });
});
