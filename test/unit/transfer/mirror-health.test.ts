import { describe, expect, test } from "vitest";
import {
  afterDelivery,
  afterFailure,
  earliestOf,
  type MirrorRecord,
  orderMirrors,
} from "../../../agent/transfer/mirror-health.ts";

const urls = ["https://a/", "https://b/", "https://c/"];
const [a = "", b = "", c = ""] = urls;
const now = Date.parse("2026-11-24T12:00:00Z");
const minutes = 60_000;
const hours = 60 * minutes;

const order = (records: Readonly<Record<string, MirrorRecord>>, at = now) =>
  orderMirrors(urls, new Map(Object.entries(records)), at);

const failed = (times: number): MirrorRecord =>
  Array.from({ length: times }).reduce<MirrorRecord | undefined>(
    (record) => afterFailure(record, now),
    undefined,
  ) ?? { failures: 0, at: now };

test("without a memory the configured order counts", () => {
  expect(order({})).toEqual([a, b, c]);
});

describe("faults", () => {
  test("put a mirror behind those with fewer, and are forgotten by half every half hour", () => {
    expect(order({ [a]: failed(4), [b]: failed(1) })).toEqual([c, b, a]);
    expect(order({ [a]: failed(4) }, now + 30 * minutes)).toEqual([b, c, a]);
    expect(order({ [a]: failed(4) }, now + 2 * hours)).toEqual([a, b, c]);
  });

  test("are forgotten at once after a download", () => {
    expect(order({ [a]: afterDelivery(failed(4), now, 1e6, 1000) })).toEqual([a, b, c]);
  });

  test("of a clock that went back are neither older nor newer", () => {
    expect(order({ [a]: failed(4) }, now - 100 * hours)).toEqual([b, c, a]);
  });
});

describe("rates", () => {
  const at = (bytesPerSecond: number) => afterDelivery(undefined, now, bytesPerSecond, 1000);

  test("count only when one is much slower: the configured order is the operator's word", () => {
    expect(order({ [a]: at(1e6), [b]: at(2e6) })).toEqual([a, b, c]);
    expect(order({ [a]: at(1e5), [b]: at(8e5) })).toEqual([b, c, a]);
  });

  test("are the mean of what was and what is", () => {
    const record = afterDelivery(at(1000), now, 3000, 1000);
    expect(record.bytesPerSecond).toBe(2000);
  });
});

describe("a mirror", () => {
  test("that was set aside is asked last, not never, until its time is over", () => {
    const aside = { failures: 0, at: now, asideUntil: now + hours };
    expect(order({ [a]: aside, [b]: failed(5) })).toEqual([c, b, a]);
    expect(order({ [a]: aside }, now + hours)).toEqual([a, b, c]);
  });

  test("that wants to be left alone is not asked until its time is over", () => {
    const waits = { failures: 0, at: now, notBefore: now + hours };
    expect(order({ [a]: waits })).toEqual([b, c]);
    expect(order({ [a]: waits }, now + hours)).toEqual([a, b, c]);
  });

  test("is not left alone for longer than a day, whatever a clock once said", () => {
    const waits = { failures: 0, at: now, notBefore: now + 25 * hours, asideUntil: now + 1e15 };
    expect(order({ [a]: waits })).toEqual([a, b, c]);
  });
});

test("when all want to be left alone, the first moment of them counts", () => {
  const wait = (ms: number) => ({ failures: 0, at: now, notBefore: now + ms });
  const records = new Map([
    [a, wait(2 * hours)],
    [b, wait(hours)],
    [c, wait(3 * hours)],
  ]);
  expect(earliestOf(urls, records, now)).toBe(now + hours);
  expect(earliestOf(urls, records, now + hours)).toBeUndefined();
});

describe("relays", () => {
  const relays = new Set([c]);
  const withRelay = (records: Readonly<Record<string, MirrorRecord>>) =>
    orderMirrors(urls, new Map(Object.entries(records)), now, relays);

  test("come before all mirrors, however slow they are", () => {
    expect(withRelay({})).toEqual([c, a, b]);
    const slow = afterDelivery(undefined, now, 1_000, 1000);
    const fast = afterDelivery(undefined, now, 1e9, 1000);
    expect(withRelay({ [c]: slow, [a]: fast })[0]).toBe(c);
  });

  test("come no sooner than others once they have failed, and last when set aside", () => {
    expect(withRelay({ [c]: failed(1) })).toEqual([a, b, c]);
    expect(withRelay({ [c]: { failures: 0, at: now, asideUntil: now + hours } })).toEqual([
      a,
      b,
      c,
    ]);
  });
});
