import { describe, expect, test } from "vitest";
import { type JsonObject, parseJson } from "../../../protocol/json.ts";
import { encodeSigned } from "../../../protocol/tuf/encode.ts";
import { parseEnvelope } from "../../../protocol/tuf/envelope.ts";
import { limits } from "../../../protocol/tuf/limits.ts";
import {
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
} from "../../../protocol/tuf/parse.ts";
import { memoryPublisher } from "../../testkit/memory-publisher.ts";

const publisher = await memoryPublisher(() => Date.UTC(2026, 0, 1));
publisher.addDatabase("daily");
publisher.release("daily", { "a.txt": "hello ".repeat(40), "b/c.txt": "x" });
await publisher.publish();

const signedOf = (path: string) =>
  parseEnvelope(publisher.files.get(`metadata/${path}`) ?? Buffer.alloc(0), limits.targetsBytes)
    .signed;
const root = signedOf("1.root.json");
const timestamp = signedOf("timestamp.json");
const snapshot = signedOf("1.snapshot.json");
const top = signedOf("1.targets.json");
const daily = signedOf("1.daily.json");

const refused = expect.objectContaining({ code: "trust.format" });

/** The document with the value at a path of keys replaced, or removed when undefined. */
function changed(document: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const copy = structuredClone(document) as Record<string, unknown>;
  let place: Record<string, unknown> = copy;
  for (const key of path.slice(0, -1)) place = Object(place[key]);
  const last = path.at(-1) ?? "";
  if (value === undefined) delete place[last];
  else place[last] = value;
  const text = JSON.stringify(copy);
  return parseEnvelope(Buffer.from(`{"signatures":[],"signed":${text}}`), 1_000_000).signed;
}

describe("what was encoded parses to the same", () => {
  test.each([
    ["root", root, (signed: JsonObject) => encodeSigned(parseRoot(signed))],
    ["timestamp", timestamp, (signed: JsonObject) => encodeSigned(parseTimestamp(signed))],
    ["snapshot", snapshot, (signed: JsonObject) => encodeSigned(parseSnapshot(signed))],
    ["targets", top, (signed: JsonObject) => encodeSigned(parseTargets(signed))],
    ["a database", daily, (signed: JsonObject) => encodeSigned(parseTargets(signed))],
  ])("%s", (_name, signed, roundTrip) => {
    expect(roundTrip(signed)).toEqual(signed);
  });
});

describe("every role refuses", () => {
  test.each([
    ["another type", ["_type"], "targets"],
    ["no type", ["_type"], undefined],
    ["a future major version", ["spec_version"], "2.0.0"],
    ["a spec version that is no version", ["spec_version"], "1.0.x"],
    ["version 0", ["version"], 0],
    ["a negative version", ["version"], -1],
    ["a version in a string", ["version"], "1"],
    ["a missing version", ["version"], undefined],
    ["an expiry without Z", ["expires"], "2030-01-01T00:00:00"],
    ["an expiry with an offset", ["expires"], "2030-01-01T00:00:00+00:00"],
    ["an expiry with parts of seconds", ["expires"], "2030-01-01T00:00:00.5Z"],
    ["a day that does not exist", ["expires"], "2030-02-30T00:00:00Z"],
    ["hour 24", ["expires"], "2030-01-01T24:00:00Z"],
    ["a year of five digits", ["expires"], "+12030-01-01T00:00:00Z"],
    ["an expiry that is a number", ["expires"], 1_893_456_000],
  ])("%s", (_what, path, value) => {
    expect(() => parseSnapshot(changed(snapshot, path, value))).toThrow(refused);
  });

  test("a fractional version", () => {
    expect(() => parseSnapshot(changed(snapshot, ["version"], 1.5))).toThrow(refused);
  });
});

describe("root refuses", () => {
  test.each([
    ["a missing role", ["roles", "timestamp"], undefined],
    ["a fifth role", ["roles", "mirrors"], { keyids: [], threshold: 1 }],
    ["threshold 0", ["roles", "root", "threshold"], 0],
    ["a threshold in a string", ["roles", "root", "threshold"], "1"],
    ["a key id twice in a role", ["roles", "root", "keyids"], ["a", "a"]],
    ["keys as a list", ["keys"], []],
    ["a key without value", ["keys"], { a: { keytype: "ed25519", scheme: "ed25519" } }],
    ["consistent_snapshot in a string", ["consistent_snapshot"], "true"],
  ])("%s", (_what, path, value) => {
    expect(() => parseRoot(changed(root, path, value))).toThrow(refused);
  });
});

describe("timestamp and snapshot refuse", () => {
  test.each([
    ["a second file", ["meta"], { "snapshot.json": { version: 1 }, "x.json": { version: 1 } }],
    ["another file", ["meta"], { "targets.json": { version: 1 } }],
    ["empty hashes", ["meta", "snapshot.json", "hashes"], {}],
    ["only an unknown hash", ["meta", "snapshot.json", "hashes"], { md5: "00" }],
    [
      "a digest beside the known ones that cannot be checked",
      ["meta", "snapshot.json", "hashes"],
      { sha256: "ab".repeat(32), "blake2b-256": "ab".repeat(32) },
    ],
    ["a digest in upper case", ["meta", "snapshot.json", "hashes"], { sha256: "AB".repeat(32) }],
    ["a digest that is short", ["meta", "snapshot.json", "hashes"], { sha256: "ab" }],
    ["a negative length", ["meta", "snapshot.json", "length"], -1],
  ])("%s", (_what, path, value) => {
    expect(() => parseTimestamp(changed(timestamp, path, value))).toThrow(refused);
  });

  test("length and hashes may be absent, as TUF 4.4 allows", () => {
    const bare = changed(timestamp, ["meta"], { "snapshot.json": { version: 7 } });
    expect(parseTimestamp(bare).snapshot).toEqual({ version: 7 });
  });
});

describe("targets refuse", () => {
  const role = { name: "x", keyids: [], threshold: 1, terminating: true, paths: ["x/*"] };
  const delegations = (roles: unknown) => ({ keys: {}, roles });
  test.each([
    ["a target without length", ["targets"], { a: { hashes: { sha256: "ab".repeat(32) } } }],
    ["a target without hashes", ["targets"], { a: { length: 1 } }],
    ["a target with empty hashes", ["targets"], { a: { length: 1, hashes: {} } }],
    [
      "an empty target path",
      ["targets"],
      { "": { length: 1, hashes: { sha256: "ab".repeat(32) } } },
    ],
    ["a role named twice", ["delegations"], delegations([role, role])],
    [
      "a role named like a top-level role",
      ["delegations"],
      delegations([{ ...role, name: "root" }]),
    ],
    [
      "a role with paths and prefixes",
      ["delegations"],
      delegations([{ ...role, path_hash_prefixes: ["a"] }]),
    ],
    ["a role with neither", ["delegations"], delegations([{ ...role, paths: undefined }])],
    ["terminating in a string", ["delegations"], delegations([{ ...role, terminating: "yes" }])],
    [
      "roles and succinct roles",
      ["delegations"],
      {
        ...delegations([]),
        succinct_roles: { keyids: [], threshold: 1, bit_length: 4, name_prefix: "b" },
      },
    ],
    [
      "33 bits",
      ["delegations"],
      { keys: {}, succinct_roles: { keyids: [], threshold: 1, bit_length: 33, name_prefix: "b" } },
    ],
  ])("%s", (_what, path, value) => {
    expect(() => parseTargets(changed(top, path, value))).toThrow(refused);
  });

  test("prototype names are ordinary target paths, and absent ones are absent", () => {
    const hashes = { sha256: "ab".repeat(32) };
    const text = `{"constructor":${JSON.stringify({ length: 1, hashes })},"__proto__":${JSON.stringify({ length: 2, hashes })}}`;
    const parsed = parseTargets(changed(top, ["targets"], parseJson(Buffer.from(text), 1000)));
    expect([...parsed.targets.keys()]).toEqual(["constructor", "__proto__"]);
    expect(parsed.targets.get("toString")).toBeUndefined();
    expect(parsed.targets.get("constructor")?.length).toBe(1);
  });
});

describe("the envelope refuses", () => {
  const sig = (keyid: string) => ({ keyid, sig: "00" });
  test.each([
    ["a list", []],
    ["no signatures", { signed: {} }],
    ["no signed part", { signatures: [] }],
    ["a signed part that is no object", { signatures: [], signed: [] }],
    ["one key id twice", { signatures: [sig("a"), sig("a")], signed: {} }],
    ["a signature without key id", { signatures: [{ sig: "00" }], signed: {} }],
    ["a signature that is a number", { signatures: [{ keyid: "a", sig: 1 }], signed: {} }],
    [
      "more than 64 signatures",
      { signatures: Array.from({ length: 65 }, (_, i) => sig(`${i}`)), signed: {} },
    ],
  ])("%s", (_what, document) => {
    const bytes = Buffer.from(JSON.stringify(document));
    expect(() => parseEnvelope(bytes, 100_000)).toThrow(refused);
  });
});
