/** Laws of the role parsers, of signatures over metadata, and of keys. */
import { deepStrictEqual } from "node:assert";
import * as fc from "fast-check";
import { isObject, type JsonValue } from "../../../protocol/json.ts";
import { encodeSigned } from "../../../protocol/tuf/encode.ts";
import { parseEnvelope } from "../../../protocol/tuf/envelope.ts";
import { verifierOf } from "../../../protocol/tuf/keys.ts";
import { limits } from "../../../protocol/tuf/limits.ts";
import { parsers } from "../../../protocol/tuf/parse.ts";
import { startFrom } from "../../../protocol/tuf/trusted-set.ts";
import type { RoleType } from "../../../protocol/tuf/types.ts";
import { applyEdit, edit } from "../differential/json-edits.ts";
import { poolSigner } from "../differential/keys.ts";
import { answerOf, bounded, same } from "../laws.ts";
import { type FuzzProperty, fuzzProperty } from "../property.ts";
import { anyJson, byteChange, changeBytes, oddText } from "./hostile.ts";
import { anySample, roots, samples } from "./samples.ts";

const format = /^trust\.format$/;
const now = Date.UTC(2026, 5, 1);

const signedOf = (bytes: Buffer): JsonValue => parseEnvelope(bytes, limits.targetsBytes).signed;

const parserOf = (role: RoleType): FuzzProperty => {
  const own = samples.filter((sample) => sample.role === role).map(({ bytes }) => signedOf(bytes));
  const parse = parsers[role];
  return fuzzProperty(
    `parse-${role}`,
    "any JSON object is typed metadata that encodes to itself, or refused, in bounded time",
    fc.oneof(
      { weight: 9, arbitrary: fc.tuple(fc.constantFrom(...own), fc.array(edit, { maxLength: 4 })) },
      { weight: 1, arbitrary: fc.tuple(anyJson, fc.constant([])) },
    ),
    ([start, edits]) => {
      const value = edits.reduce<JsonValue>((result, one) => applyEdit(result, one, now), start);
      if (!isObject(value)) return;
      const size = JSON.stringify(value).length;
      const answer = bounded(size, () => answerOf(format, () => parse(value)));
      if (!("value" in answer)) return;
      const encoded = encodeSigned(answer.value);
      deepStrictEqual(encodeSigned(parse(encoded)), encoded);
    },
  );
};

const signedBytes = fuzzProperty(
  "signed-bytes",
  "a root whose bytes were changed is refused, unless its signed content is the same",
  fc.tuple(fc.constantFrom(...roots), fc.array(byteChange, { minLength: 1, maxLength: 2 })),
  ([bytes, changes]) => {
    const changed = changes.reduce((result, change) => changeBytes(result, change), bytes);
    const answer = answerOf(/^trust\.(?:format|signature)$/, () => startFrom(changed));
    if (!("value" in answer)) return;
    const before = parseEnvelope(bytes, limits.rootBytes).signedBytes;
    const after = parseEnvelope(changed, limits.rootBytes).signedBytes;
    same(after.equals(before), true, "the same signed content");
  },
);

const strangeKey = fc.record({
  keyType: fc.oneof(fc.constantFrom("ed25519", "rsa", "ecdsa", "ecdsa-sha2-nistp256"), oddText),
  scheme: fc.oneof(
    fc.constantFrom("ed25519", "rsassa-pss-sha256", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384"),
    oddText,
  ),
  publicKey: fc.oneof(
    oddText,
    fc.uint8Array({ minLength: 31, maxLength: 33 }).map((raw) => Buffer.from(raw).toString("hex")),
    fc
      .uint8Array({ maxLength: 200 })
      .map(
        (der) =>
          `-----BEGIN PUBLIC KEY-----\n${Buffer.from(der).toString("base64")}\n-----END PUBLIC KEY-----\n`,
      ),
    fc
      .tuple(fc.nat(10), byteChange)
      .map(([index, change]) =>
        changeBytes(Buffer.from(poolSigner(index).key.publicKey), change).toString("latin1"),
      ),
  ),
});

const keys = fuzzProperty(
  "keys",
  "a key that cannot be read never counts and never throws, in bounded time",
  fc.tuple(
    strangeKey,
    fc.oneof(
      oddText,
      fc.uint8Array({ maxLength: 100 }).map((raw) => Buffer.from(raw).toString("hex")),
    ),
  ),
  ([key, signature]) => {
    bounded(key.publicKey.length, () => {
      const verifier = verifierOf({ keyId: "strange", ...key });
      const taken = verifier?.verify(Buffer.from("message"), signature, "both") ?? false;
      same(taken, false, "a random signature");
    });
  },
);

const signatures = fuzzProperty(
  "signatures",
  "a changed message or Ed25519 signature is never accepted",
  fc.tuple(fc.nat(10), byteChange, fc.boolean()),
  async ([index, change, ofMessage]) => {
    const signer = poolSigner(index);
    const message = Buffer.from("a message that has been signed");
    const signature = await signer.sign(message);
    const verifier = verifierOf(signer.key);
    same(verifier?.verify(message, signature, "both"), true, "the honest signature");
    if (ofMessage) {
      const changed = changeBytes(message, change);
      if (changed.equals(message)) return;
      same(verifier?.verify(changed, signature, "both"), false, "a changed message");
      return;
    }
    if (signer.key.keyType !== "ed25519") return; // ECDSA signatures are malleable by design
    const changed = changeBytes(Buffer.from(signature, "hex"), change).toString("hex");
    if (changed === signature) return;
    same(verifier?.verify(message, changed, "both"), false, "a changed signature");
  },
);

const files = fuzzProperty(
  "parse-files",
  "any changed metadata file is parsed or refused, in bounded time",
  fc.tuple(anySample, fc.array(byteChange, { minLength: 1, maxLength: 3 })),
  ([{ role, bytes }, changes]) => {
    const changed = changes.reduce((result, change) => changeBytes(result, change), bytes);
    bounded(changed.length, () =>
      answerOf(format, () => parsers[role](parseEnvelope(changed, limits.targetsBytes).signed)),
    );
  },
);

export const metadataProperties: readonly FuzzProperty[] = [
  parserOf("root"),
  parserOf("timestamp"),
  parserOf("snapshot"),
  parserOf("targets"),
  files,
  signedBytes,
  keys,
  signatures,
];
