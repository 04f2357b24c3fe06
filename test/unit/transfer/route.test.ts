import { describe, expect, test } from "vitest";
import { type Mirrorage, routeOf } from "../../../agent/transfer/route.ts";

const [relay, a, b] = ["http://relay/", "https://a/", "https://b/"] as const;
const all = [relay, a, b];
const usual: Mirrorage = {
  all,
  isRelay: (mirror) => mirror === relay,
  originDue: false,
  originsOut: false,
};
const mirrors = (path: string, more: Partial<Mirrorage> = {}) =>
  routeOf(path, { ...usual, ...more }).mirrors;

test("without relays every path goes to all mirrors", () => {
  const origins = { all: [a, b], originDue: true };
  for (const path of ["timestamp.json", "2.root.json", "3.daily.json.zst", "3.daily.json"]) {
    expect(mirrors(`metadata/${path}`, origins)).toEqual([a, b]);
  }
});

describe("the timestamp", () => {
  test("is asked of a relay first", () => {
    expect(mirrors("metadata/timestamp.json")).toEqual(all);
  });

  test("is asked of the others first when one of them has to answer", () => {
    expect(mirrors("metadata/timestamp.json", { originDue: true })).toEqual([a, b, relay]);
  });
});

describe("the next root", () => {
  test("is asked of a relay last: it may not know of it", () => {
    expect(mirrors("metadata/2.root.json")).toEqual([a, b, relay]);
  });

  test("is asked of nobody who was out of reach a moment ago", () => {
    expect(mirrors("metadata/2.root.json", { originsOut: true })).toEqual([relay]);
  });
});

describe("a compressed sibling", () => {
  const path = "metadata/3.daily.json.zst";

  test("is asked of nobody where a neighbour has the plain file", () => {
    expect(mirrors(path, { giver: relay })).toEqual([]);
    expect(mirrors(path, { originsOut: true })).toEqual([]);
  });

  test("is asked of the others where one of them gave the timestamp", () => {
    expect(mirrors(path, { giver: a })).toEqual([a, b]);
  });
});

test("other metadata is asked of a relay first", () => {
  expect(mirrors("metadata/3.daily.json")).toEqual(all);
});
