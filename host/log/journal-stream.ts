/** Whether what a program writes to standard error goes to the journal. */
import { fstatSync } from "node:fs";

/** As systemd says in JOURNAL_STREAM (systemd.exec(5)), of this very file. */
export function isJournal(env: Readonly<Record<string, string | undefined>>): boolean {
  const { JOURNAL_STREAM: stream } = env;
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
