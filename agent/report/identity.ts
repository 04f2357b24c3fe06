/**
 * The agent's identity: an Ed25519 key made on the endpoint. It never leaves it; the console knows
 * only the public half. One file, `<state>/keys/identity.json`, 0600.
 */
import { join } from "node:path";
import { readFileIfExists } from "../../host/bounded-read.ts";
import { writeFileDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { fromHex, sameBytes } from "../../protocol/bytes.ts";
import { ed25519Lengths, ed25519PublicKey } from "../../protocol/ed25519.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import { type AgentId, agentIdOf, isPublicKeyHex } from "../../protocol/report/identity.ts";
import { readDocument, readForm } from "../../protocol/report/read.ts";

/** Random bytes as a port. */
export type Random = (length: number) => Uint8Array;

/** The key with the name that follows from it. */
export interface AgentIdentity {
  readonly id: AgentId;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Private; 32 bytes. */
  readonly seed: Uint8Array;
}

const maxBytes = 4_096;
const isHexKey = (text: string): text is string => isPublicKeyHex(text);

const identityPath = (keysDir: string): string => join(keysDir, "identity.json");

function fromSeed(seed: Uint8Array): AgentIdentity {
  const publicKey = ed25519PublicKey(seed);
  return { id: agentIdOf(publicKey), publicKey, seed };
}

function parseIdentity(bytes: Uint8Array, path: string): AgentIdentity {
  try {
    const object = readDocument(bytes, maxBytes, "identity");
    const seed = fromHex(readForm(object, "seed", isHexKey, "64 hex characters"));
    const publicKey = fromHex(readForm(object, "publicKey", isHexKey, "64 hex characters"));
    if (seed?.length === ed25519Lengths.seed && publicKey !== undefined) {
      const identity = fromSeed(seed);
      if (sameBytes(identity.publicKey, publicKey)) return identity;
    }
  } catch (cause) {
    if (cause instanceof VouchsafeError && cause.code === "format.newer") throw cause;
    throw new VouchsafeError("disk.corrupt", `The identity ${path} is damaged.`, { cause });
  }
  throw new VouchsafeError("disk.corrupt", `The two halves of the identity ${path} differ.`);
}

/**
 * The identity that is stored, or undefined if none was made yet.
 *
 * @throws VouchsafeError `disk.permission` when others may read the key, `disk.corrupt`,
 *   `format.newer`, `disk.*`
 */
export async function readIdentity(
  fs: FileSystem,
  keysDir: string,
): Promise<AgentIdentity | undefined> {
  const path = identityPath(keysDir);
  const bytes = await readFileIfExists(fs, path, maxBytes);
  if (bytes === undefined) return undefined;
  const { mode } = await fs.stat(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new VouchsafeError("disk.permission", `The identity ${path} is open to other users.`);
  }
  return parseIdentity(bytes, path);
}

/**
 * The identity, made now if there is none. Of two processes that make one at once, one wins and
 * both use it. The folder must exist.
 *
 * @throws VouchsafeError as {@link readIdentity}
 */
export async function ensureIdentity(
  fs: FileSystem,
  keysDir: string,
  random: Random,
): Promise<AgentIdentity> {
  const stored = await readIdentity(fs, keysDir);
  if (stored !== undefined) return stored;
  const made = fromSeed(random(ed25519Lengths.seed));
  const document = {
    format: 1,
    algorithm: "ed25519",
    publicKey: Buffer.from(made.publicKey).toString("hex"),
    seed: Buffer.from(made.seed).toString("hex"),
  };
  try {
    const bytes = Buffer.from(`${JSON.stringify(document)}\n`);
    await writeFileDurable(fs, identityPath(keysDir), bytes, { mode: 0o600, exclusive: true });
    return made;
  } catch (error) {
    const cause = error instanceof VouchsafeError ? error.cause : error;
    const other = errnoOf(cause) === "EEXIST" ? await readIdentity(fs, keysDir) : undefined;
    if (other === undefined) throw error;
    return other;
  }
}
