/**
 * Passphrases of keys: the key's own environment variable, else a file or standard input that
 * serves all keys, else the common variable, else a prompt for each key.
 */
import { readSecret, type SecretIo } from "../../host/secrets.ts";
import { VouchsafeError } from "../../protocol/errors.ts";

/** Where the passphrases of one call come from. */
export interface Passphrases {
  /** The passphrase that opens a key that exists. */
  readonly forKey: (name: string) => Promise<string>;
  /** The passphrase for a new key; at a prompt it is asked for twice. */
  readonly forNewKey: (name: string) => Promise<string>;
}

/** The variable that serves all keys. */
export const commonVariable = "VOUCHSAFE_PASSPHRASE";

/** The variable for one key: `snapshot` has VOUCHSAFE_PASSPHRASE_SNAPSHOT. */
export function variableOf(name: string): string {
  return `${commonVariable}_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}

/**
 * Makes the source of a call. A file, or standard input, is read once for all keys.
 * @param file the value of --passphrase-file
 */
export function makePassphrases(file: string | undefined, io: SecretIo): Passphrases {
  let fromFile: Promise<string> | undefined;
  const read = (name: string, prompt: string): Promise<string> => {
    const what = `the passphrase of the key ${name}`;
    const own = variableOf(name);
    if (io.env[own] !== undefined) return readSecret({ what, envName: own }, io);
    if (file !== undefined) {
      fromFile ??= readSecret({ what, file }, io);
      return fromFile;
    }
    return readSecret({ what, envName: commonVariable, prompt }, io);
  };
  const isPrompted = (name: string): boolean =>
    file === undefined &&
    io.env[variableOf(name)] === undefined &&
    io.env[commonVariable] === undefined;
  return {
    forKey: (name) => read(name, `Passphrase of the key ${name}: `),
    forNewKey: async (name) => {
      const first = await read(name, `New passphrase for the key ${name}: `);
      if (!isPrompted(name)) return first;
      if ((await read(name, "The same again: ")) === first) return first;
      throw new VouchsafeError("secret.unavailable", "The two passphrases are not the same.");
    },
  };
}
