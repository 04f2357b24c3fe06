/**
 * What the service control manager is told of the service: SERVICE_STATUS, as bytes. While a change
 * is pending the checkpoint must grow, or the manager takes the service for dead.
 */

/** What the service is doing. */
export type ServicePhase = "start-pending" | "running" | "stop-pending" | "stopped";

const states: Readonly<Record<ServicePhase, number>> = {
  stopped: 1,
  "start-pending": 2,
  "stop-pending": 3,
  running: 4,
};

const ownProcess = 0x10;
/** SERVICE_ACCEPT_STOP and SERVICE_ACCEPT_PRESHUTDOWN. */
const acceptedWhileRunning = 0x101;
/** ERROR_SERVICE_SPECIFIC_ERROR: the code is the program's own. */
const specificError = 1066;
/** How soon the next checkpoint may be expected, in milliseconds. */
const waitHintMs = 15_000;

/** How often a pending change counts on, in milliseconds. */
export const checkpointEveryMs = 1_000;

/** Whether the manager waits for checkpoints. */
export function isPending(phase: ServicePhase): boolean {
  return phase === "start-pending" || phase === "stop-pending";
}

/**
 * @param checkpoint counts from 1 while a change is pending
 * @param exitCode of the program; counts when the service has stopped
 * @returns SERVICE_STATUS
 */
export function serviceStatus(phase: ServicePhase, checkpoint: number, exitCode: number): Buffer {
  const failed = phase === "stopped" && exitCode !== 0;
  const words = [
    ownProcess,
    states[phase],
    phase === "running" ? acceptedWhileRunning : 0,
    failed ? specificError : 0,
    failed ? exitCode : 0,
    isPending(phase) ? checkpoint : 0,
    isPending(phase) ? waitHintMs : 0,
  ];
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes;
}

/** What a control of the manager asks for; undefined for what the service does not know. */
export function answerTo(control: number): "stop" | "nothing" | undefined {
  if (control === 1 || control === 15) return "stop"; // SERVICE_CONTROL_STOP, _PRESHUTDOWN
  return control === 4 ? "nothing" : undefined; // SERVICE_CONTROL_INTERROGATE
}
