/**
 * The signed head of the history: how long the chain of lines is and where it ends, under the
 * agent's own key. Every append signs anew, so that lines cannot be cut off or rewritten by
 * whoever does not hold the key. A history that does not fit its head is never signed over.
 */

import type { FileSystem } from "../../host/file-system.ts";
import { fromHex, type Sha256 } from "../../protocol/bytes.ts";
import { canonicalBytes } from "../../protocol/canonical.ts";
import { ed25519Lengths, verifyEd25519 } from "../../protocol/ed25519.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { formatError, integerAt, required, stringAt } from "../../protocol/tuf/fields.ts";
import { appendLine, type HistoryEvent, type HistoryHead, readTail, type Tail } from "./history.ts";
import { digestAt } from "./release-ref.ts";
import { readStateFile, type StateFile, writeStateFile } from "./state-file.ts";

/** The agent's key, as far as the history needs it. */
export interface HistorySigner {
  /** The agent's id. */
  readonly agent: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** An Ed25519 signature, 64 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** Where the history lies. */
export interface HistoryPlaces {
  readonly history: string;
  readonly historyHead: string;
}

/** A head as it is kept. */
export interface SignedHead extends HistoryHead {
  readonly at: string;
  readonly agent: string;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

const maxBytes = 4096;
const domain = Buffer.from("vouchsafe/history-head/v1\n");

type Statement = Pick<SignedHead, "size" | "sha256" | "at" | "agent">;

function signedBytes({ size, sha256, at, agent }: Statement): Buffer {
  return Buffer.concat([domain, canonicalBytes({ agent, at, sha256, size })]);
}

function parse(object: JsonObject): SignedHead {
  const where = "history head";
  const signature = fromHex(stringAt(required(object, "signature", where), "signature", 128));
  if (signature?.length !== ed25519Lengths.signature) throw formatError(where, "has no signature");
  return {
    size: integerAt(required(object, "size", where), "size", 1),
    sha256: digestAt(required(object, "sha256", where), "sha256"),
    at: stringAt(required(object, "at", where), "at", 32),
    agent: stringAt(required(object, "agent", where), "agent", 32),
    signature,
  };
}

/** Reads the head; its signature is not looked at. Throws `format.newer`, `disk.*`. */
export function readHead(fs: FileSystem, path: string): Promise<StateFile<SignedHead>> {
  return readStateFile(fs, path, maxBytes, parse);
}

/** Whether a head bears the signature of that key. */
export function isSignedBy(head: SignedHead, publicKey: Uint8Array): boolean {
  return verifyEd25519(publicKey, signedBytes(head), head.signature, "native");
}

async function writeHead(
  fs: FileSystem,
  path: string,
  { size, sha256 }: HistoryHead,
  at: string,
  signer: HistorySigner,
): Promise<void> {
  const statement = { size, sha256, at, agent: signer.agent };
  const signature = Buffer.from(signer.sign(signedBytes(statement))).toString("hex");
  await writeStateFile(fs, path, { ...statement, signature }, 0o600);
}

/**
 * How a head stands to the last line: `signed`; `behind` by the one line that a crash may leave
 * unsigned; or `broken`.
 */
function standing(
  head: StateFile<SignedHead>,
  tail: Tail | undefined,
  signer: HistorySigner,
): "signed" | "behind" | "broken" {
  if (head.kind === "damaged") return "broken";
  if (tail === undefined) return head.kind === "missing" ? "signed" : "broken";
  const { parsed, hash } = tail;
  if (parsed === undefined) return "broken";
  const signed: { readonly size: number; readonly sha256: Sha256 | null } =
    head.kind === "missing" ? { size: 0, sha256: null } : head.value;
  if (head.kind === "ok" && !isSignedBy(head.value, signer.publicKey)) return "broken";
  if (parsed.seq === signed.size && hash === signed.sha256) return "signed";
  const chains = parsed.seq === signed.size + 1 && parsed.previous === signed.sha256;
  return chains ? "behind" : "broken";
}

/**
 * Appends an event and signs where the history stands then. One whose id is that of the last line
 * is there already (a crash came between the line and what follows it) and is not written again.
 *
 * @param signer undefined where the agent has no usable key: the line stays unsigned
 * @returns false if the history was found broken and was not signed
 * @throws VouchsafeError `disk.*`, `format.newer`
 */
export async function appendHistory(
  fs: FileSystem,
  places: HistoryPlaces,
  event: HistoryEvent,
  signer: HistorySigner | undefined,
): Promise<boolean> {
  const tail = await readTail(fs, places.history);
  const state =
    signer === undefined
      ? "broken"
      : standing(await readHead(fs, places.historyHead), tail, signer);
  const sign = async (head: HistoryHead): Promise<void> => {
    if (signer === undefined || state === "broken") return;
    await writeHead(fs, places.historyHead, head, event.at, signer);
  };
  // Signed before the next line is written: never more than one line lacks a signature.
  if (state === "behind" && tail?.parsed !== undefined) {
    await sign({ size: tail.parsed.seq, sha256: tail.hash });
  }
  if (tail?.parsed?.id !== event.id) {
    await sign(await appendLine(fs, places.history, event, tail));
  }
  return state !== "broken";
}
