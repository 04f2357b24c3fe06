/**
 * Secrets (passphrases, tokens) come by file, standard input, environment or prompt; never as an
 * argument, where every user of the machine could read them.
 */
import * as fsp from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { VouchsafeError } from "../protocol/errors.ts";

/** Where a secret may come from, in this order. */
export interface SecretSource {
  /** What it is, for messages: "the passphrase of KEY". */
  readonly what: string;
  /** A file, or "-" for standard input. */
  readonly file?: string | undefined;
  /** The name of an environment variable. */
  readonly envName?: string | undefined;
  /** What to ask on a terminal; without it nobody is asked. */
  readonly prompt?: string | undefined;
}

/** A terminal that can stop echoing what is typed. */
export interface SecretInput extends Readable {
  readonly isTTY?: boolean;
  setRawMode?(mode: boolean): unknown;
}

/** What reading a secret needs of the process. */
export interface SecretIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: SecretInput;
  readonly stderr: Writable;
}

const maxSecretBytes = 4096;

function unavailable(source: SecretSource, why: string, cause?: unknown): VouchsafeError {
  return new VouchsafeError("secret.unavailable", `Cannot read ${source.what}: ${why}.`, { cause });
}

async function readCapped(stream: AsyncIterable<unknown>, source: SecretSource): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk), "utf8");
    length += bytes.length;
    if (length > maxSecretBytes) throw unavailable(source, "it is longer than 4096 bytes");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function fromFile(path: string, source: SecretSource, io: SecretIo): Promise<string> {
  if (path === "-") return readCapped(io.stdin, source);
  try {
    const handle = await fsp.open(path, "r");
    return await readCapped(handle.createReadStream(), source);
  } catch (error) {
    if (error instanceof VouchsafeError) throw error;
    throw unavailable(source, `the file ${path} cannot be read`, error);
  }
}

/** One line from a terminal, not echoed. */
function fromTerminal(prompt: string, source: SecretSource, io: SecretIo): Promise<string> {
  const { stdin, stderr } = io;
  return new Promise((resolve, reject) => {
    let typed = "";
    const finish = (): void => {
      stdin.setRawMode?.(false);
      stdin.off("data", onData);
      stdin.pause();
      stderr.write("\n");
    };
    const onKey = (key: string): boolean => {
      if (key === "\r" || key === "\n" || key === "\u0004") {
        finish();
        resolve(typed);
        return true;
      }
      if (key === "\u0003" || typed.length > maxSecretBytes) {
        finish();
        reject(unavailable(source, "the prompt was left"));
        return true;
      }
      typed = key === "\u007f" || key === "\b" ? typed.slice(0, -1) : typed + key;
      return false;
    };
    const onData = (chunk: Buffer | string): void => {
      for (const key of String(chunk)) if (onKey(key)) return;
    };
    stderr.write(prompt);
    stdin.setRawMode?.(true);
    stdin.on("data", onData);
    stdin.resume();
  });
}

/**
 * Reads a secret from the first source that is given; a line end at its end does not count.
 * @throws VouchsafeError secret.unavailable
 */
export async function readSecret(source: SecretSource, io: SecretIo): Promise<string> {
  const secret = (await readRaw(source, io)).replace(/\r?\n$/, "");
  if (secret === "") throw unavailable(source, "it is empty");
  return secret;
}

async function readRaw(source: SecretSource, io: SecretIo): Promise<string> {
  if (source.file !== undefined) return fromFile(source.file, source, io);
  const fromEnvironment = source.envName === undefined ? undefined : io.env[source.envName];
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (source.prompt !== undefined && io.stdin.isTTY === true) {
    return fromTerminal(source.prompt, source, io);
  }
  const hint = source.envName === undefined ? "" : ` and ${source.envName} is not set`;
  throw unavailable(source, `no file was named${hint}`);
}
