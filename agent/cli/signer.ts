/** The agent's key as the engine is given it: it signs the history, and its id is the identity. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { makeDirDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { Log } from "../../host/log.ts";
import { signEd25519 } from "../../protocol/ed25519.ts";
import { toVouchsafeError } from "../../protocol/errors.ts";
import { ensureIdentity } from "../report/identity.ts";
import type { HistorySigner } from "../store/history-head.ts";

async function readSigner(fs: FileSystem, state: string): Promise<HistorySigner> {
  const keys = join(state, "keys");
  await makeDirDurable(fs, keys, 0o700);
  const { id, publicKey, seed } = await ensureIdentity(fs, keys, randomBytes);
  return { agent: id, publicKey, sign: (message) => signEd25519(seed, message) };
}

/**
 * Reads the key when it is first asked for, or makes it: it names this machine before it is
 * enrolled. A key that cannot be used keeps no update back; it is told once.
 */
export function signerOnce(
  fs: FileSystem,
  state: string,
  log: Log,
): () => Promise<HistorySigner | undefined> {
  let signer: Promise<HistorySigner | undefined> | undefined;
  return () => {
    signer ??= readSigner(fs, state).catch((error: unknown) => {
      log.warn("The agent's key cannot be used", { reason: toVouchsafeError(error).message });
      return undefined;
    });
    return signer;
  };
}
