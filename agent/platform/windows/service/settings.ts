/** How the service is registered, and what the structures of advapi32 for it look like as bytes. */

/** What the service is called, in the manager and in the command line. */
export const serviceName = "VouchsafeAgent";
export const displayName = "Vouchsafe Agent";
export const description = "Keeps security databases up to date, and checks every release.";

/** Restarted so long after each failure, in milliseconds; the last counts for all later ones. */
const restartAfterMs = [5_000, 30_000, 120_000] as const;
/** After so many seconds without a failure, it counts as the first again. */
const failureResetSeconds = 86_400;
/** How long the machine waits for it on the way down: the drain and something more. */
const preshutdownMs = 60_000;

/** One setting: a level of ChangeServiceConfig2W, and its structure. */
export interface ServiceSetting {
  readonly level: number;
  readonly bytes: Buffer;
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

/** SERVICE_FAILURE_ACTIONSW; @param actions the address of {@link failureActions} */
function failureSetting(actions: bigint): Buffer {
  const bytes = Buffer.alloc(40);
  bytes.writeUInt32LE(failureResetSeconds, 0);
  bytes.writeUInt32LE(restartAfterMs.length, 24);
  bytes.writeBigUInt64LE(actions, 32);
  return bytes;
}

/** SC_ACTION[]: restart, each after its delay. */
export function failureActions(): Buffer {
  return words(...restartAfterMs.flatMap((delay) => [1, delay]));
}

/**
 * Delayed start, restart after a failure (also one that the service itself reports), and time to end
 * when the machine is shut down. An installer cannot say most of it, so the service sees to it itself.
 *
 * @param actions the address of {@link failureActions}
 * @param text the address of the description, as UTF-16 with a NUL
 */
export function serviceSettings(actions: bigint, text: bigint): readonly ServiceSetting[] {
  const descriptionBytes = Buffer.alloc(8);
  descriptionBytes.writeBigUInt64LE(text);
  return [
    { level: 1, bytes: descriptionBytes },
    { level: 2, bytes: failureSetting(actions) },
    { level: 3, bytes: words(1) },
    { level: 4, bytes: words(1) },
    { level: 7, bytes: words(preshutdownMs) },
  ];
}

const plain = /^[A-Za-z0-9:\\/._-]+$/;

/**
 * The command line that the manager starts: each part quoted as CommandLineToArgvW reads it. The
 * program is quoted always: a path with a space and no quotes could start another program.
 */
export function serviceCommand(program: string, args: readonly string[]): string {
  const quote = (text: string): string =>
    `"${text.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1")}"`;
  return [quote(program), ...args.map((arg) => (plain.test(arg) ? arg : quote(arg)))].join(" ");
}

/** What the manager says of a service. */
export type ServiceState =
  | "not installed"
  | "stopped"
  | "starting"
  | "stopping"
  | "running"
  | "paused";

/** @param code `dwCurrentState` */
export function stateOf(code: number): ServiceState {
  const states: readonly ServiceState[] = ["stopped", "starting", "stopping", "running"];
  return states[code - 1] ?? "paused";
}
