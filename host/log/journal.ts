/**
 * Entries with fields in the journal, through the program `logger --journald`: Node.js has no
 * datagrams of the Unix domain (docs/adr: Journal fields through logger). Entries wait in a short
 * queue; what does not go that way is written as a line with its priority, so nothing is lost.
 */
import type { LogFields, LogLevel, LogSink } from "../log.ts";
import { type JournalSource, journalEntry } from "./journal-entry.ts";

/** What became of an entry: `busy` when too many were sent at once, `broken` when none can be. */
export type Sent = "taken" | "busy" | "broken";

/** How entries are sent. Neither rejects. */
export interface JournalTool {
  send(entry: string): Promise<Sent>;
  /** Ends what sending has left running. */
  end(): Promise<void>;
}

/** What the sink is made from. */
export interface JournalOptions extends JournalSource {
  readonly tool: JournalTool;
}

interface Waiting {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Entries that wait at most; the rest goes the other way. */
const maxWaiting = 50;

/** How long closing waits for entries to be taken, in milliseconds. */
const closeMs = 2000;

/** @param lines where entries go that cannot be sent with fields, and all of level debug */
export function journalSink({ tool, ...source }: JournalOptions, lines: LogSink): LogSink {
  const waiting: Waiting[] = [];
  let sending: Promise<void> | undefined;
  let usable = true;

  const writeLine = ({ level, message, fields }: Waiting): void =>
    lines.write(level, message, fields);

  async function sendAll(): Promise<void> {
    for (let entry = waiting[0]; entry !== undefined; entry = waiting[0]) {
      const text = journalEntry(source, entry.level, entry.message, entry.fields);
      const sent = usable ? await tool.send(text) : "broken";
      if (waiting[0] !== entry) return; // closing has written it
      waiting.shift();
      if (sent === "broken") usable = false;
      if (sent !== "taken") writeLine(entry);
    }
    sending = undefined;
  }

  return {
    write(level, message, fields) {
      const entry = { level, message, fields };
      if (!usable || level === "debug" || waiting.length >= maxWaiting) writeLine(entry);
      else {
        waiting.push(entry);
        sending ??= sendAll();
      }
    },
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closeMs);
      });
      await Promise.race([sending, enough]);
      usable = false;
      for (const entry of waiting.splice(0)) writeLine(entry);
      await Promise.race([tool.end(), enough]);
      clearTimeout(timer);
      await lines.close();
    },
  };
}
