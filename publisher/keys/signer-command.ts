/** Signing by another program: a token, an HSM, a key that never comes near this one. */
import { runProcess } from "../../host/process.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";

const timeoutMs = 120_000;
const maxOutputBytes = 64 * 1024;
const passphraseVariable = /^VOUCHSAFE_PASSPHRASE/;

/** Words of a command, parted at spaces; no shell ever sees them. */
function wordsOf(command: string): [string, ...string[]] {
  const [program, ...rest] = command.trim().split(/\s+/);
  if (program !== undefined && program !== "") return [program, ...rest];
  throw new VouchsafeError("usage.arguments", "--signer needs a command.");
}

/**
 * Runs a command that gets the bytes to sign on its standard input and prints a signature in hex.
 * It gets the environment, but no passphrase of ours.
 * @throws VouchsafeError usage.input when it cannot be run, fails, or prints no hex
 */
export async function signWithCommand(
  command: string,
  bytes: Uint8Array,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  const argv = wordsOf(command);
  const env = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || passphraseVariable.test(name) ? [] : [[name, value] as const],
    ),
  );
  const failed = (why: string, cause?: unknown): VouchsafeError =>
    new VouchsafeError("usage.input", `The signer ${argv[0]} ${why}.`, { cause });
  try {
    const options = { env, timeoutMs, maxOutputBytes, input: bytes, signal };
    const { code, stdout, timedOut } = await runProcess(argv, options);
    if (timedOut) throw failed("took longer than two minutes");
    if (code !== 0) throw failed(`ended with exit code ${code}`);
    const sig = stdout.trim().toLowerCase();
    if (!/^(?:[0-9a-f]{2})+$/.test(sig)) throw failed("printed no signature in hex");
    return sig;
  } catch (error) {
    if (errnoOf(error) === undefined || error instanceof VouchsafeError) throw error;
    throw failed("cannot be run", error);
  }
}
