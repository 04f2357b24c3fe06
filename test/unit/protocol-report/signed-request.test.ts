import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ed25519PublicKey, signEd25519 } from "../../../protocol/ed25519.ts";
import { contentDigest } from "../../../protocol/report/content-digest.ts";
import type { SignableRequest } from "../../../protocol/report/signature-base.ts";
import {
  type Demands,
  reportTag,
  signRequest,
  verifyRequest,
} from "../../../protocol/report/signed-request.ts";

const seed = createHash("sha256").update("a key for tests").digest();
const body = Buffer.from('{"format":1}');
const now = 1_800_000_000;
const plain: SignableRequest = {
  method: "PUT",
  authority: "console.example.com",
  path: "/v1/agents/a/reports/b/1",
  query: "?",
  headers: { "content-type": "application/json" },
};
const demands: Demands = {
  tag: reportTag,
  now,
  publicKey: ed25519PublicKey(seed),
  keyid: "agent-1",
};
const signing = {
  keyid: "agent-1",
  seed,
  created: now,
  nonce: "AAAAAAAAAAAAAAAAAAAAAA",
  tag: reportTag,
};

function signed(change: Partial<typeof signing> = {}): SignableRequest {
  const headers = signRequest(plain, body, { ...signing, ...change });
  return { ...plain, headers: { ...plain.headers, ...headers } };
}

const withHeader = (name: string, value: string): SignableRequest => {
  const request = signed();
  return { ...request, headers: { ...request.headers, [name]: value } };
};

/** A signature over any base at all, in the profile's outer form. */
function handMade(input: string, base: string): SignableRequest {
  const signature = signEd25519(seed, Buffer.from(base)).toString("base64");
  const digest = contentDigest(body);
  return {
    ...plain,
    headers: {
      ...plain.headers,
      "content-digest": digest,
      "signature-input": `vouchsafe=${input}`,
      signature: `vouchsafe=:${signature}:`,
    },
  };
}

describe("a signed request", () => {
  test("is accepted as it was signed", () => {
    expect(verifyRequest(signed(), body, demands)).toEqual({
      keyid: "agent-1",
      created: now,
      nonce: signing.nonce,
    });
  });

  test.each<[string, Partial<SignableRequest>]>([
    ["@method", { method: "POST" }],
    ["@authority", { authority: "other.example.com" }],
    ["@path", { path: "/v1/agents/a/reports/b/2" }],
    ["@query", { query: "?x=1" }],
  ])("is refused when %s was changed", (_name, change) => {
    expect(() => verifyRequest({ ...signed(), ...change }, body, demands)).toThrow(/not valid/);
  });

  test("is refused when content-type was changed", () => {
    const changed = withHeader("content-type", "application/json; charset=utf-8");
    expect(() => verifyRequest(changed, body, demands)).toThrow(/not valid/);
  });

  test("is refused when body, or body and content-digest, were changed", () => {
    const other = Buffer.from('{"format":2}');
    expect(() => verifyRequest(signed(), other, demands)).toThrow(/digest/);
    const both = withHeader("content-digest", contentDigest(other));
    expect(() => verifyRequest(both, other, demands)).toThrow(/not valid/);
  });

  test.each([
    ["created", `created=${now}`, `created=${now + 1}`],
    ["nonce", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB"],
  ])("is refused when %s was changed", (_name, from, to) => {
    const input = signed().headers["signature-input"] ?? "";
    const changed = withHeader("signature-input", input.replace(from, to));
    expect(() => verifyRequest(changed, body, demands)).toThrow(/not valid/);
  });

  test("is refused when any one bit of the signature was changed", () => {
    const field = signed().headers["signature"] ?? "";
    const bytes = Buffer.from(field.slice("vouchsafe=:".length, -1), "base64");
    for (let bit = 0; bit < 512; bit += 37) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const request = withHeader("signature", `vouchsafe=:${changed.toString("base64")}:`);
      expect(() => verifyRequest(request, body, demands)).toThrow(/not valid/);
    }
  });

  test("is accepted up to five minutes off, either way, and not beyond", () => {
    for (const off of [-300, 300]) {
      expect(verifyRequest(signed({ created: now + off }), body, demands).created).toBe(now + off);
    }
    for (const off of [-301, 301]) {
      expect(() => verifyRequest(signed({ created: now + off }), body, demands)).toThrow(/300 s/);
    }
  });

  test("for another purpose or of another agent is refused", () => {
    expect(() => verifyRequest(signed({ tag: "other" }), body, demands)).toThrow(/purpose/);
    expect(() => verifyRequest(signed({ keyid: "agent-2" }), body, demands)).toThrow(
      /another agent/,
    );
  });

  test("under another key is refused", () => {
    const publicKey = ed25519PublicKey(createHash("sha256").update("another").digest());
    expect(() => verifyRequest(signed(), body, { ...demands, publicKey })).toThrow(/not valid/);
  });

  const covered = '("@method" "@authority" "@path" "@query" "content-digest" "content-type")';
  const parameters = `;created=${now};nonce="AAAAAAAAAAAAAAAAAAAAAA";keyid="agent-1";alg="ed25519";tag="${reportTag}"`;

  test.each([
    ["nothing", `()${parameters}`],
    ["all but the body", `("@method" "@authority" "@path" "@query" "content-type")${parameters}`],
    [
      "the same in another order",
      `("@authority" "@method" "@path" "@query" "content-digest" "content-type")${parameters}`,
    ],
    ["a component of the response", covered.replace('"@path"', '"@path";req') + parameters],
  ])("that covers %s is refused, however well it is signed", (_what, input) => {
    const request = handMade(input, `"@signature-params": ${input}`);
    expect(() => verifyRequest(request, body, demands)).toThrow(/must cover exactly/);
  });

  test.each([
    ["created", `created=${now};`],
    ["nonce", 'nonce="AAAAAAAAAAAAAAAAAAAAAA";'],
    ["keyid", 'keyid="agent-1";'],
    ["alg", 'alg="ed25519";'],
  ])("without %s is refused", (name, part) => {
    const input = covered + parameters.replace(part, "");
    expect(() => verifyRequest(handMade(input, "x"), body, demands)).toThrow(name);
  });

  test("with another algorithm or an unknown parameter is refused", () => {
    const other = covered + parameters.replace("ed25519", "hmac-sha256");
    expect(() => verifyRequest(handMade(other, "x"), body, demands)).toThrow(/ed25519/);
    const unknown = `${covered}${parameters};expires=${now}`;
    expect(() => verifyRequest(handMade(unknown, "x"), body, demands)).toThrow(/not known/);
  });

  test("with no signature, two, or one of another name is refused", () => {
    expect(() => verifyRequest(plain, body, demands)).toThrow(/not signed/);
    const field = signed().headers["signature"] ?? "";
    const two = withHeader("signature", `${field}, other=:AAAA:`);
    expect(() => verifyRequest(two, body, demands)).toThrow(/one signature/);
    const renamed = withHeader("signature", field.replace("vouchsafe", "other"));
    expect(() => verifyRequest(renamed, body, demands)).toThrow(/one signature/);
  });
});
