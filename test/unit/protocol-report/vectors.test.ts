import { describe, expect, test } from "vitest";
import { ed25519PublicKey, signEd25519, verifyEd25519 } from "../../../protocol/ed25519.ts";
import { contentDigest, matchesContentDigest } from "../../../protocol/report/content-digest.ts";
import {
  type SignableRequest,
  type SignatureInput,
  signatureBase,
  signatureParams,
} from "../../../protocol/report/signature-base.ts";
import { parseDictionary } from "../../../protocol/report/structured-fields.ts";

/** RFC 9421 Appendix B.2: the request that the examples sign. */
const request: SignableRequest = {
  method: "POST",
  authority: "example.com",
  path: "/foo",
  query: "?param=Value&Pet=dog",
  headers: {
    date: "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-length": "18",
  },
};

/** RFC 9421 B.2.6. */
const inputField =
  'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")' +
  ';created=1618884473;keyid="test-key-ed25519"';
const signatureField =
  "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:";
const base = [
  '"date": Tue, 20 Apr 2021 02:07:55 GMT',
  '"@method": POST',
  '"@path": /foo',
  '"@authority": example.com',
  '"content-type": application/json',
  '"content-length": 18',
  '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")' +
    ';created=1618884473;keyid="test-key-ed25519"',
].join("\n");

/** RFC 9421 B.1.4, from the key's JWK. */
const publicKey = Buffer.from("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs", "base64url");
const seed = Buffer.from("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU", "base64url");

function parsedInput(): SignatureInput {
  const member = parseDictionary(inputField).get("sig-b26");
  if (member?.kind !== "list") throw new Error("not a list");
  const components = member.items.map(({ item }) => String(item.value));
  return { components, parameters: member.parameters };
}

function parsedSignature(): Uint8Array {
  const member = parseDictionary(signatureField).get("sig-b26");
  if (member?.kind !== "item" || member.item.kind !== "bytes") throw new Error("not bytes");
  return member.item.value;
}

describe("RFC 9421 B.2.6, a request signed with Ed25519", () => {
  test("the parsed input gives the signature base that the RFC prints", () => {
    expect(signatureBase(parsedInput(), request)).toBe(base);
  });

  test("parameters are written again exactly as they were read", () => {
    expect(`sig-b26=${signatureParams(parsedInput())}`).toBe(inputField);
  });

  test("the RFC's signature verifies under the RFC's key", () => {
    expect(verifyEd25519(publicKey, Buffer.from(base), parsedSignature())).toBe(true);
  });

  test("the RFC's private key makes the RFC's signature", () => {
    expect(Buffer.from(ed25519PublicKey(seed))).toEqual(publicKey);
    expect(signEd25519(seed, Buffer.from(base))).toEqual(Buffer.from(parsedSignature()));
  });

  test("any change of the base is noticed", () => {
    const changed = Buffer.from(base.replace("/foo", "/fop"));
    expect(verifyEd25519(publicKey, changed, parsedSignature())).toBe(false);
  });
});

describe("RFC 9421 §2, derived components", () => {
  const one = (name: string, part: Partial<SignableRequest> = {}): string => {
    const text = signatureBase(
      { components: [name], parameters: new Map() },
      { ...request, ...part },
    );
    return text.split("\n")[0] ?? "";
  };

  test("@query keeps its question mark, and is a lone one when there is no query", () => {
    expect(one("@query")).toBe('"@query": ?param=Value&Pet=dog');
    expect(one("@query", { query: "?" })).toBe('"@query": ?');
  });

  test("a field's value is trimmed", () => {
    expect(one("x", { headers: { x: "  a b \t" } })).toBe('"x": a b');
  });

  test.each([
    ["a missing field", "x-missing", {}],
    ["a field called like a property of all objects", "constructor", {}],
    ["a field with a line break", "x", { headers: { x: 'a\n"@method": GET' } }],
  ])("%s is refused", (_what, name, part) => {
    expect(() => one(name, part)).toThrow(/field/);
  });

  test("a component that is covered twice is refused", () => {
    const input = { components: ["@path", "@path"], parameters: new Map() };
    expect(() => signatureBase(input, request)).toThrow(/twice/);
  });
});

describe("RFC 9530 Content-Digest", () => {
  const hello = Buffer.from('{"hello": "world"}\n');
  const helloField = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

  test("Appendix B.1: full representation", () => {
    expect(contentDigest(hello)).toBe(helloField);
    expect(matchesContentDigest(helloField, hello)).toBe(true);
  });

  test("Appendix B.2: no content", () => {
    const field = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    expect(contentDigest(Buffer.alloc(0))).toBe(field);
  });

  test("another body does not match", () => {
    expect(matchesContentDigest(helloField, Buffer.from('{"hello": "worlD"}\n'))).toBe(false);
  });

  test("other algorithms beside it are passed over, and alone are not enough", () => {
    const other = "sha-512=:AAAA:";
    expect(matchesContentDigest(`${other}, ${helloField}`, hello)).toBe(true);
    expect(matchesContentDigest(other, hello)).toBe(false);
  });

  test.each(['sha-256="x"', "sha-256=RK", "", "sha-256=:AAAA:"])("%s does not match", (field) => {
    expect(matchesContentDigest(field, hello)).toBe(false);
  });
});
