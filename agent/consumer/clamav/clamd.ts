/** A small client of clamd(8): three commands of its socket, in the form that ends with NUL. */
import { VouchsafeError } from "../../../protocol/errors.ts";
import type { SocketAddress } from "../../config/types.ts";
import { converse, type DialogueOptions } from "../dialogue.ts";

const nul = 0;
const maxAnswerBytes = 4096;

/** What clamd says of a stream. */
export type ScanAnswer =
  | { readonly kind: "clean" }
  | { readonly kind: "found"; readonly name: string }
  /** Neither: an error of clamd's, in its words. */
  | { readonly kind: "other"; readonly said: string };

/** Reads clamd's answer to a scan (pure). */
export function scanAnswerOf(answer: string): ScanAnswer {
  if (answer === "stream: OK") return { kind: "clean" };
  const name = /^stream: (\S+) FOUND$/.exec(answer)?.[1];
  return name === undefined
    ? { kind: "other", said: answer.replaceAll(/[^ -~]+/g, " ").slice(0, 200) }
    : { kind: "found", name };
}

/** What `INSTREAM` sends: the bytes as one chunk with its length, then a chunk of none. */
export function instream(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([Buffer.from("zINSTREAM\0"), length, bytes, Buffer.alloc(4)]);
}

function ask(address: SocketAddress, options: DialogueOptions, bytes: Uint8Array): Promise<string> {
  return converse(address, options, async (dialogue) => {
    dialogue.send(bytes);
    return (await dialogue.receive(nul, maxAnswerBytes)).toString("latin1");
  });
}

async function command(
  address: SocketAddress,
  options: DialogueOptions,
  word: string,
  expected: string,
): Promise<void> {
  const answer = await ask(address, options, Buffer.from(`z${word}\0`));
  if (answer === expected) return;
  const message = `${options.who} answered ${word} with something else than ${expected}.`;
  throw new VouchsafeError("consumer.unreachable", message);
}

/** Throws `consumer.unreachable` unless clamd answers. */
export function ping(address: SocketAddress, options: DialogueOptions): Promise<void> {
  return command(address, options, "PING", "PONG");
}

/**
 * Asks clamd to load its databases again. It answers at once, whatever comes of it.
 * @throws VouchsafeError `consumer.unreachable`
 */
export function reload(address: SocketAddress, options: DialogueOptions): Promise<void> {
  return command(address, options, "RELOAD", "RELOADING");
}

/** Has clamd scan bytes. Throws `consumer.unreachable`. */
export async function scan(
  address: SocketAddress,
  options: DialogueOptions,
  bytes: Uint8Array,
): Promise<ScanAnswer> {
  return scanAnswerOf(await ask(address, options, instream(bytes)));
}
