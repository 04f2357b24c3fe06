/**
 * The form of a key file. It is checked by hand, and its cost parameters are bounded before they
 * are used: a file from elsewhere must not cost gigabytes.
 */
import { VouchsafeError } from "../protocol/errors.ts";
import { readFileBounded } from "./durable.ts";
import type { FileSystem } from "./file-system.ts";

/** scrypt's cost (RFC 7914): n = CPU and memory, r = block size, p = parallelism. */
export interface KdfParameters {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** A key file; byte strings are lower-case hex. */
export interface KeyFileDocument {
  readonly format: 1;
  readonly keyType: "ed25519";
  readonly keyId: string;
  readonly publicKey: string;
  readonly kdf: KdfParameters & { readonly name: "scrypt"; readonly salt: string };
  readonly cipher: {
    readonly name: "xsalsa20-poly1305";
    readonly nonce: string;
    readonly ciphertext: string;
  };
}

const maxKeyFileBytes = 16 * 1024;
const bounds = { minN: 2 ** 14, maxN: 2 ** 18, maxR: 16, maxP: 4 } as const;

/** The seed and secretbox's 16-byte tag. */
const ciphertextBytes = 32 + 16;

function isHex(value: unknown, bytes: number): value is string {
  return typeof value === "string" && value.length === bytes * 2 && /^[0-9a-f]+$/.test(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function isKdf(value: unknown): value is KeyFileDocument["kdf"] {
  return (
    isRecord(value) &&
    value["name"] === "scrypt" &&
    isWhole(value["n"], bounds.minN, bounds.maxN) &&
    Number.isInteger(Math.log2(value["n"])) &&
    isWhole(value["r"], 1, bounds.maxR) &&
    isWhole(value["p"], 1, bounds.maxP) &&
    isHex(value["salt"], 32)
  );
}

function isCipher(value: unknown): value is KeyFileDocument["cipher"] {
  return (
    isRecord(value) &&
    value["name"] === "xsalsa20-poly1305" &&
    isHex(value["nonce"], 24) &&
    isHex(value["ciphertext"], ciphertextBytes)
  );
}

function isKeyFileDocument(value: unknown): value is KeyFileDocument {
  return (
    isRecord(value) &&
    value["format"] === 1 &&
    value["keyType"] === "ed25519" &&
    typeof value["keyId"] === "string" &&
    /^[0-9a-f]{1,128}$/.test(value["keyId"]) &&
    isHex(value["publicKey"], 32) &&
    isKdf(value["kdf"]) &&
    isCipher(value["cipher"])
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads and checks a key file.
 * @throws VouchsafeError usage.input if it is none, format.newer, disk.*
 */
export async function readKeyFileDocument(fs: FileSystem, path: string): Promise<KeyFileDocument> {
  const value = parse((await readFileBounded(fs, path, maxKeyFileBytes)).toString("utf8"));
  if (isRecord(value) && isWhole(value["format"], 2, Number.MAX_SAFE_INTEGER)) {
    throw new VouchsafeError("format.newer", `${path} has format ${value["format"]}.`);
  }
  if (isKeyFileDocument(value)) return value;
  throw new VouchsafeError("usage.input", `${path} is not a key file.`);
}
