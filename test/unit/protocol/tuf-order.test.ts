/**
 * Signatures come first: nothing that a signed part says is looked at before enough of the right
 * keys have signed it. The same hostile parts, signed, are refused for what they say.
 */
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../protocol/json.ts";
import { encodeEnvelope, parseEnvelope } from "../../../protocol/tuf/envelope.ts";
import { limits } from "../../../protocol/tuf/limits.ts";
import { type Signer, signEnvelope } from "../../../protocol/tuf/sign.ts";
import {
  readSnapshot,
  readTargets,
  readTimestamp,
  startFrom,
  updateRoot,
} from "../../../protocol/tuf/trusted-set.ts";
import { memoryPublisher, namedSigner } from "../../testkit/memory-publisher.ts";
import { codeOf } from "../../testkit/trust-fixture.ts";

const publisher = await memoryPublisher(() => Date.UTC(2026, 0, 1));
publisher.addDatabase("daily");
publisher.release("daily", { "main.txt": "one" });
await publisher.publish();

const start = startFrom(publisher.root);
const reading = { now: Date.UTC(2026, 0, 1), strictness: "both" } as const;
const fileOf = (name: string) => publisher.files.get(`metadata/${name}`) ?? Buffer.alloc(0);
const signedOf = (name: string) => parseEnvelope(fileOf(name), limits.targetsBytes).signed;
const timestamp = readTimestamp(start.root, fileOf("timestamp.json"), "both");
const listed = { ...timestamp, snapshot: { version: 1 } };
const snapshot = {
  ...readSnapshot(start.root, timestamp, fileOf("1.snapshot.json"), "both"),
  meta: new Map([
    ["targets.json", { version: 1 }],
    ["daily.json", { version: 1 }],
  ]),
};
const set = { ...start, timestamp, snapshot };
const top = readTargets(set, fileOf("1.targets.json"), "targets", "root", reading);
const full = { ...set, targets: new Map([["targets", top]]) };

interface Role {
  readonly signed: JsonObject;
  readonly signers: readonly Signer[];
  readonly read: (bytes: Buffer) => unknown;
}
const { roles, databases } = publisher;
const cases: Readonly<Record<string, Role>> = {
  root: {
    signed: { ...signedOf("1.root.json"), version: 2 },
    signers: roles.root.signers,
    read: (bytes) => updateRoot(start, bytes, "both"),
  },
  timestamp: {
    signed: signedOf("timestamp.json"),
    signers: roles.timestamp.signers,
    read: (bytes) => readTimestamp(start.root, bytes, "both"),
  },
  snapshot: {
    signed: signedOf("1.snapshot.json"),
    signers: roles.snapshot.signers,
    read: (bytes) => readSnapshot(start.root, listed, bytes, "both"),
  },
  targets: {
    signed: signedOf("1.targets.json"),
    signers: roles.targets.signers,
    read: (bytes) => readTargets(set, bytes, "targets", "root", reading),
  },
  daily: {
    signed: signedOf("1.daily.json"),
    signers: databases.get("daily")?.signers ?? [],
    read: (bytes) => readTargets(full, bytes, "daily", "targets", reading),
  },
};

const digest = { sha256: "ab".repeat(32) };
/** Parts that are wrong for every role. */
const hostile: readonly (readonly [string, JsonObject])[] = [
  ["nothing at all", {}],
  ["a negative version", { version: -1 }],
  ["version 0", { version: 0 }],
  ["a version beyond what numbers hold", { version: "9007199254740993" }],
  ["a loose date", { expires: "2030-01-01 00:00:00" }],
  ["a date with an offset", { expires: "2030-01-01T00:00:00+01:00" }],
  ["a day that does not exist", { expires: "2030-02-31T00:00:00Z" }],
  ["another type", { _type: "mirrors" }],
  ["lists where objects belong", { keys: [], roles: [], meta: [], targets: [] }],
  [
    "empty hashes",
    {
      keys: { a: {} },
      meta: { "snapshot.json": { version: 1, hashes: {} } },
      targets: { "daily/a": { length: 1, hashes: {} } },
    },
  ],
  [
    "names of the prototype with nonsense below them",
    Object.fromEntries(
      ["keys", "meta", "targets"].map((name) => [name, { constructor: 1, ...digest }]),
    ),
  ],
];

describe.each(Object.entries(cases))("%s", (name, { signed, signers, read }) => {
  const withPart = (part: JsonObject) =>
    Object.keys(part).length === 0 ? part : { ...signed, ...part };

  test("is taken as it is, signed", async () => {
    expect(() => read(encodeEnvelope(signed, []))).toThrow(codeOf("trust.signature"));
    expect(read(await signEnvelope(signed, signers))).toBeDefined();
  });

  test.each(hostile)("with %s: no signature, no look at it", async (_what, part) => {
    const document = withPart(part);
    const refusedForSignature = codeOf("trust.signature");
    expect(() => read(encodeEnvelope(document, []))).toThrow(refusedForSignature);
    const stranger = await signEnvelope(document, [namedSigner("mallory")]);
    expect(() => read(stranger)).toThrow(refusedForSignature);
    const [first] = signers;
    const forged = encodeEnvelope(document, [
      { keyId: first?.key.keyId ?? "", sig: "00".repeat(64) },
    ]);
    expect(() => read(forged)).toThrow(refusedForSignature);
    expect(() =>
      read(Buffer.from(JSON.stringify({ signatures: [], signed: { ...document, version: 1.5 } }))),
    ).toThrow(refusedForSignature);
  });

  test.each(hostile)("with %s, signed: refused for its form", async (_what, part) => {
    const bytes = await signEnvelope(withPart(part), signers);
    expect(() => read(bytes), name).toThrow(codeOf("trust.format"));
  });
});
