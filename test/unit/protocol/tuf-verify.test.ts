import { generateKeyPairSync, sign as nodeSign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canonicalBytes } from "../../../protocol/canonical.ts";
import { parseEnvelope } from "../../../protocol/tuf/envelope.ts";
import { keyWithId } from "../../../protocol/tuf/keys.ts";
import { type Signer, signEnvelope } from "../../../protocol/tuf/sign.ts";
import type { Key } from "../../../protocol/tuf/types.ts";
import { validSigners, verifyEnvelope } from "../../../protocol/tuf/verify.ts";
import { namedSigner } from "../../testkit/memory-publisher.ts";

const [alice, bob, mallory] = [namedSigner("alice"), namedSigner("bob"), namedSigner("mallory")];
const signed = { _type: "targets", version: 1 };

const signersOf = (keys: readonly Key[], threshold: number) => ({
  keys: new Map(keys.map((key) => [key.keyId, key])),
  keyIds: keys.map((key) => key.keyId),
  threshold,
});
const envelopeBy = async (signers: readonly Signer[]) =>
  parseEnvelope(await signEnvelope(signed, signers), 100_000);

describe("a threshold", () => {
  const both = signersOf([alice.key, bob.key], 2);

  test("is met by as many keys of the role", async () => {
    expect(verifyEnvelope(await envelopeBy([alice, bob]), both, "daily")).toEqual(signed);
  });

  test("is not met by one, nor by one and a stranger", async () => {
    const refused = expect.objectContaining({ code: "trust.signature" });
    const one = await envelopeBy([alice]);
    const stranger = await envelopeBy([alice, mallory]);
    expect(() => verifyEnvelope(one, both, "daily")).toThrow(refused);
    expect(() => verifyEnvelope(stranger, both, "daily")).toThrow(refused);
  });

  test("counts one public key under two key ids once", async () => {
    const alias: Key = { ...alice.key, keyId: "another id" };
    const twice = signersOf([alice.key, alias], 2);
    const aliasSigner: Signer = { key: alias, sign: alice.sign };
    const envelope = await envelopeBy([alice, aliasSigner]);
    expect(validSigners(envelope, twice).size).toBe(1);
    expect(() => verifyEnvelope(envelope, twice, "daily")).toThrow("lacks valid signatures");
  });

  test("counts one public key spelled in upper case once", async () => {
    const upper: Key = {
      ...alice.key,
      keyId: "upper",
      publicKey: alice.key.publicKey.toUpperCase(),
    };
    const envelope = await envelopeBy([alice, { key: upper, sign: alice.sign }]);
    expect(validSigners(envelope, signersOf([alice.key, upper], 2)).size).toBe(1);
  });

  test("ignores keys of unknown type and signatures that are no hex", async () => {
    const alien: Key = { keyId: "alien", keyType: "sphincs", scheme: "sphincs", publicKey: "00" };
    const broken: Signer = { key: bob.key, sign: () => "not hex" };
    const envelope = await envelopeBy([alice, broken, { key: alien, sign: () => "00" }]);
    expect(validSigners(envelope, signersOf([alice.key, bob.key, alien], 3)).size).toBe(1);
  });

  test("does not count a signature over other bytes", async () => {
    const envelope = await envelopeBy([alice]);
    const other = { ...envelope, signedBytes: canonicalBytes({ ...signed, version: 2 }) };
    expect(validSigners(other, signersOf([alice.key], 1)).size).toBe(0);
  });
});

describe("keys of other kinds", () => {
  const pemSigner = (
    keyType: string,
    scheme: string,
    hash: string,
    pair: ReturnType<typeof generateKeyPairSync>,
    options: object = {},
  ): Signer => ({
    key: keyWithId({
      keyType,
      scheme,
      publicKey: String(pair.publicKey.export({ type: "spki", format: "pem" })),
    }),
    sign: (message) =>
      nodeSign(hash, message, { key: pair.privateKey, ...options }).toString("hex"),
  });
  const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const pss = { padding: 6, saltLength: 32 };

  test.each([
    ["ECDSA P-256", pemSigner("ecdsa", "ecdsa-sha2-nistp256", "sha256", p256)],
    [
      "ECDSA P-256 by its old type",
      pemSigner("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "sha256", p256),
    ],
    ["ECDSA P-384", pemSigner("ecdsa", "ecdsa-sha2-nistp384", "sha384", p384)],
    ["RSA-PSS", pemSigner("rsa", "rsassa-pss-sha256", "sha256", rsa, pss)],
  ])("%s counts", async (_name, signer) => {
    expect(validSigners(await envelopeBy([signer]), signersOf([signer.key], 1)).size).toBe(1);
  });

  test.each([
    [
      "a P-384 key under the P-256 scheme",
      pemSigner("ecdsa", "ecdsa-sha2-nistp256", "sha256", p384),
    ],
    ["RSA of 1024 bits", pemSigner("rsa", "rsassa-pss-sha256", "sha256", weak, pss)],
    ["RSA with PKCS #1 v1.5", pemSigner("rsa", "rsassa-pss-sha256", "sha256", rsa)],
    ["an unknown scheme", pemSigner("rsa", "rsa-md5", "sha256", rsa, pss)],
  ])("%s does not", async (_name, signer) => {
    expect(validSigners(await envelopeBy([signer]), signersOf([signer.key], 1)).size).toBe(0);
  });
});
