/** Errors of the network as codes of the registry. */
import { describe, expect, test } from "vitest";
import { shownUrl, transferError } from "../../../../host/http/errors.ts";
import { VouchsafeError } from "../../../../protocol/errors.ts";

const url = "https://user:secret@host.example/path?token=secret#x";
const error = (code: string): Error => Object.assign(new Error(`raw ${code}`), { code });

describe("an error before the answer", () => {
  test.each([
    ["ENOTFOUND", "transfer.unreachable"],
    ["EAI_AGAIN", "transfer.unreachable"],
    ["ECONNREFUSED", "transfer.unreachable"],
    ["EHOSTUNREACH", "transfer.unreachable"],
    ["ECONNRESET", "transfer.unreachable"],
    ["HPE_INVALID_CONSTANT", "transfer.unreachable"],
    ["ERR_PROXY_TUNNEL", "transfer.unreachable"],
    ["ETIMEDOUT", "transfer.timeout"],
    ["CERT_HAS_EXPIRED", "transfer.tls"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "transfer.tls"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "transfer.tls"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "transfer.tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "transfer.tls"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "transfer.tls"],
    ["EPROTO", "transfer.tls"],
    ["SOMETHING_NEW", "transfer.unreachable"],
  ])("%s is %s", (errno, code) => {
    expect(transferError(error(errno), url, "before-answer").code).toBe(code);
  });
});

describe("an error in the body", () => {
  test.each([
    ["ECONNRESET", "transfer.truncated"],
    ["ERR_STREAM_PREMATURE_CLOSE", "transfer.truncated"],
    ["HPE_INVALID_CHUNK_SIZE", "transfer.truncated"],
    ["ETIMEDOUT", "transfer.timeout"],
  ])("%s is %s", (errno, code) => {
    expect(transferError(error(errno), url, "body").code).toBe(code);
  });
});

test("what caused an error decides when the error itself says nothing", () => {
  const wrapped = new Error("request failed", { cause: error("ECONNREFUSED") });
  expect(transferError(wrapped, url, "before-answer").message).toBe(
    "The server of https://host.example/path cannot be reached (ECONNREFUSED).",
  );
});

test("an error of ours stays what it is", () => {
  const ours = new VouchsafeError("transfer.too-large", "Too large.");
  expect(transferError(ours, url, "body")).toBe(ours);
});

test("messages hold no user information, query or fragment", () => {
  expect(shownUrl(url)).toBe("https://host.example/path");
  expect(shownUrl("nonsense")).toBe("an invalid address");
  const { message, details } = transferError(error("ETIMEDOUT"), url, "body");
  expect(JSON.stringify([message, details])).not.toContain("secret");
});
