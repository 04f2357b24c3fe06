/** Key files on a real disk: opened by their passphrase and by nothing else. */
import { readFileSync, writeFileSync } from "node:fs";
import nacl from "tweetnacl";
import { describe, expect, test } from "vitest";
import { nodeFileSystem as fs } from "../../../host/file-system.ts";
import { createKeyFile, readKeyFile, readKeyFileHeader } from "../../../host/key-file.ts";
import { modeOf, useTempDir } from "./temp-dir.ts";

const path = useTempDir();
const seed = new Uint8Array(32).fill(7);
const { publicKey } = nacl.sign.keyPair.fromSeed(seed);
const key = { keyId: "ab".repeat(32), publicKey, privateKey: seed };
const passphrase = "correct horse";

/** Replaces part of the file's JSON. */
function change(from: string | RegExp, to: string): void {
  const text = readFileSync(path("key"), "utf8");
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  writeFileSync(path("key"), changed);
}

describe("a key file", () => {
  test("gives back the key to its passphrase", async () => {
    await createKeyFile(fs, path("key"), key, passphrase);
    expect(await readKeyFile(fs, path("key"), passphrase)).toEqual({ keyType: "ed25519", ...key });
  });

  test("gives its public part to anybody", async () => {
    await createKeyFile(fs, path("key"), key, passphrase);
    const { keyId } = key;
    expect(await readKeyFileHeader(fs, path("key"))).toEqual({
      keyType: "ed25519",
      keyId,
      publicKey,
    });
  });

  test("is for its owner only, and holds the seed nowhere", async () => {
    await createKeyFile(fs, path("key"), key, passphrase);
    expect(modeOf(path("key"))).toBe(0o600);
    expect(readFileSync(path("key"), "utf8")).not.toContain(Buffer.from(seed).toString("hex"));
  });

  test("is made with fresh salt and nonce each time", async () => {
    await createKeyFile(fs, path("key"), key, passphrase);
    await createKeyFile(fs, path("other"), key, passphrase);
    const lines = readFileSync(path("key"), "utf8").split("\n");
    const others = new Set(readFileSync(path("other"), "utf8").split("\n"));
    expect(
      lines.filter((line) => !others.has(line)).map((line) => line.trim().split(":")[0]),
    ).toEqual(['"salt"', '"nonce"', '"ciphertext"']);
  });

  test("never replaces another", async () => {
    writeFileSync(path("key"), "precious");
    await expect(createKeyFile(fs, path("key"), key, passphrase)).rejects.toMatchObject({
      code: "disk.io",
      details: { errno: "EEXIST" },
    });
    expect(readFileSync(path("key"), "utf8")).toBe("precious");
  });

  test("takes a passphrase in either Unicode form", async () => {
    await createKeyFile(fs, path("key"), key, "caf\u00e9");
    expect((await readKeyFile(fs, path("key"), "cafe\u0301")).privateKey).toEqual(seed);
  });

  test("is not made without a passphrase, or for a public key of another", async () => {
    await expect(createKeyFile(fs, path("key"), key, "")).rejects.toMatchObject({
      code: "secret.unavailable",
    });
    const wrong = { ...key, publicKey: new Uint8Array(32).fill(1) };
    await expect(createKeyFile(fs, path("key"), wrong, passphrase)).rejects.toMatchObject({
      code: "key.unusable",
    });
  });
});

describe("a key file does not open", () => {
  test("with another passphrase", async () => {
    await createKeyFile(fs, path("key"), key, passphrase);
    await expect(readKeyFile(fs, path("key"), "wrong")).rejects.toMatchObject({
      code: "key.passphrase",
    });
  });

  test("when its public key was changed", async () => {
    await createKeyFile(fs, path("key"), key, passphrase);
    change(/"publicKey": "[0-9a-f]{64}"/, `"publicKey": "${"0".repeat(64)}"`);
    await expect(readKeyFile(fs, path("key"), passphrase)).rejects.toMatchObject({
      code: "key.passphrase",
      message: `The public key in ${path("key")} was changed.`,
    });
  });

  test("when its ciphertext was changed", async () => {
    await createKeyFile(fs, path("key"), key, passphrase);
    change(/"ciphertext": "[0-9a-f]{4}/, '"ciphertext": "0000');
    await expect(readKeyFile(fs, path("key"), passphrase)).rejects.toMatchObject({
      code: "key.passphrase",
    });
  });

  test.each([
    ["costs more memory than allowed", /"n": 32768/, '"n": 1073741824'],
    ["costs less than is safe", /"n": 32768/, '"n": 2'],
    ["has a cost that is no power of two", /"n": 32768/, '"n": 32767'],
    ["has a huge block size", /"r": 8/, '"r": 4096'],
    ["has a huge parallelism", /"p": 1/, '"p": 1000000'],
    ["names another function", /"scrypt"/, '"none"'],
    ["is of another type", /"ed25519"/, '"rsa"'],
    ["has a key id that is none", /"keyId": "ab/, '"keyId": "../'],
    ["is cut off", /\}\s*$/, ""],
  ])("when it %s", async (_, from, to) => {
    await createKeyFile(fs, path("key"), key, passphrase);
    change(from, to);
    const started = performance.now();
    await expect(readKeyFile(fs, path("key"), passphrase)).rejects.toMatchObject({
      code: "usage.input",
      message: `${path("key")} is not a key file.`,
    });
    expect(performance.now() - started).toBeLessThan(500);
  });

  test("when a newer program wrote it", async () => {
    await createKeyFile(fs, path("key"), key, passphrase);
    change(/"format": 1/, '"format": 2');
    await expect(readKeyFileHeader(fs, path("key"))).rejects.toMatchObject({
      code: "format.newer",
    });
  });

  test("when it is much too large", async () => {
    writeFileSync(path("key"), "{".repeat(1e6));
    await expect(readKeyFile(fs, path("key"), passphrase)).rejects.toMatchObject({
      code: "disk.too-large",
    });
  });
});
