/** Options that several verbs share, and what they open. */
import { dirname, resolve } from "node:path";
import type { CliContext, OptionSpec } from "../../host/cli/types.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { makePassphrases, type Passphrases } from "../keys/passphrases.ts";
import { type OpenRole, roleOpener } from "../keys/role-signers.ts";
import { openPublisher, type Ports, type Publisher } from "../workspace/publisher.ts";
import { keysDir } from "../workspace/settings.ts";

/** The working folder, for every verb but `init`. */
export const dirOption = {
  dir: {
    type: "string",
    value: "DIR",
    env: "VOUCHSAFE_PUBLISHER_DIR",
    summary: "The publisher's folder (default: the current one)",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** For verbs that look into the folder of keys. */
export const keysOption = {
  keys: {
    type: "string",
    value: "DIR",
    summary: "The folder of the keys (default: where init put them)",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** For verbs that open private keys. */
export const passphraseOption = {
  ...keysOption,
  "passphrase-file": {
    type: "string",
    value: "FILE",
    summary: 'File with the passphrase; "-" for standard input',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The real ports, with the progress bars of this call. */
export function portsOf({ clock, signal, out }: CliContext): Ports {
  return { fs: nodeFileSystem, clock, signal, progress: (label) => out.progress(label) };
}

/** Opens the working folder that the call means: --dir, the folder of --config, or the current. */
export function publisherOf(context: CliContext): Promise<Publisher> {
  const { options } = context;
  const config = options.str("config");
  const dir = options.str("dir");
  if (dir !== undefined && config !== undefined) {
    throw new VouchsafeError("usage.arguments", "Give either --dir or --config, not both.");
  }
  return openPublisher(portsOf(context), dir ?? (config === undefined ? "." : dirname(config)));
}

/** The passphrases of this call. */
export function passphrasesOf(context: CliContext): Passphrases {
  return makePassphrases(context.options.str("passphrase-file"), context);
}

/** The folder of keys that this call means: --keys, else the working folder's. */
export function keysDirOf({ options }: CliContext, { layout, settings }: Publisher): string {
  const given = options.str("keys");
  return given === undefined ? keysDir(layout, settings) : resolve(given);
}

/** As keysDirOf, for verbs that need no working folder when --keys is given. */
export async function keysFolder(context: CliContext): Promise<string> {
  const given = context.options.str("keys");
  return given === undefined ? keysDirOf(context, await publisherOf(context)) : resolve(given);
}

/** How this call opens the keys of the top-level roles. */
export function openRoleOf(context: CliContext, publisher: Publisher): OpenRole {
  return roleOpener(publisher.fs, keysDirOf(context, publisher), passphrasesOf(context));
}

/** A whole number given as an option; usage.arguments if it is none. */
export function numberOf({ options }: CliContext, name: string): number | undefined {
  const text = options.str(name);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new VouchsafeError("usage.arguments", `--${name} takes a whole number.`);
}

/** A positional that the frame made sure of. */
export function argument({ positionals }: CliContext, index: number): string {
  return positionals[index] ?? "";
}
