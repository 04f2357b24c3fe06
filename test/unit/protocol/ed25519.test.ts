import nacl from "tweetnacl";
import { describe, expect, test } from "vitest";
import {
  ed25519PublicKey,
  isEd25519PublicKey,
  signEd25519,
  verifyEd25519,
} from "../../../protocol/ed25519.ts";

const hex = (text: string) => Buffer.from(text, "hex");

/** RFC 8032 §7.1, tests 1 to 3: seed, public key, message, signature. */
const rfc8032 = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
] as const;

const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The same signature with S + L: what tweetnacl alone takes as good. */
function malleated(signature: Uint8Array): Buffer {
  const little = Buffer.from(signature.slice(32).toReversed()).toString("hex");
  const scalar = (BigInt(`0x${little}`) + groupOrder).toString(16).padStart(64, "0");
  return Buffer.concat([signature.slice(0, 32), Buffer.from(scalar, "hex").toReversed()]);
}

describe("Ed25519", () => {
  test.each(rfc8032)("agrees with RFC 8032 on %s", (seed, publicKey, message, signature) => {
    expect(Buffer.from(ed25519PublicKey(hex(seed))).toString("hex")).toBe(publicKey);
    expect(signEd25519(hex(seed), hex(message)).toString("hex")).toBe(signature);
    expect(verifyEd25519(hex(publicKey), hex(message), hex(signature))).toBe(true);
    expect(verifyEd25519(hex(publicKey), hex(`${message}00`), hex(signature))).toBe(false);
  });

  test("refuses S + L, which tweetnacl accepts", () => {
    const [seed, publicKey, message, signature] = rfc8032[1];
    const forged = malleated(hex(signature));
    expect(nacl.sign.detached.verify(hex(message), forged, hex(publicKey))).toBe(true);
    expect(verifyEd25519(hex(publicKey), hex(message), forged)).toBe(false);
    expect(verifyEd25519(hex(publicKey), hex(message), forged, "native")).toBe(false);
    expect(seed).toHaveLength(64);
  });

  test("refuses a key of small order, under which one signature fits any message", () => {
    const identity = hex(`01${"00".repeat(31)}`);
    const anything = Buffer.concat([identity, Buffer.alloc(32)]);
    expect(nacl.sign.detached.verify(Buffer.from("any"), anything, identity)).toBe(true);
    expect(verifyEd25519(identity, Buffer.from("any"), anything)).toBe(false);
    expect(isEd25519PublicKey(hex(`ee${"ff".repeat(30)}ff`))).toBe(false);
  });

  test.each([0, 31, 33, 63, 65])("refuses keys and signatures of %i bytes", (length) => {
    const [, publicKey, message, signature] = rfc8032[0];
    expect(verifyEd25519(Buffer.alloc(length, 7), hex(message), hex(signature))).toBe(false);
    expect(verifyEd25519(hex(publicKey), hex(message), Buffer.alloc(length, 7))).toBe(false);
  });
});
