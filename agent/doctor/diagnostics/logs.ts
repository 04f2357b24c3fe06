/** The end of the agent's log: from the journal, or from the file that it writes. */
import { diskError } from "../../../host/disk-error.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import type { LogConfig } from "../../config/types.ts";
import type { RunProgram } from "../../consumer/command.ts";

/** Bytes of a log that are read. */
const maxLogBytes = 2_000_000;
/** So many lines of the longest kind: what is cut here would be the newest. */
const maxJournalBytes = 8_000_000;

const journalMs = 15_000;
const journal = [
  "/usr/bin/journalctl",
  "--unit=vouchsafe-agent.service",
  "--unit=vouchsafe-agent-oneshot.service",
  "--lines=2000",
  "--output=short-iso",
  "--no-hostname",
  "--no-pager",
  "--quiet",
] as const;

/**
 * The end of a file, from the start of a line: half a line could hold half a secret, which nobody
 * would know any more. Throws `disk.*`.
 */
export async function tailOf(fs: FileSystem, path: string, maxBytes: number): Promise<string> {
  try {
    const file = await fs.open(path, "r");
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(Math.min(size, maxBytes));
      let filled = 0;
      while (filled < buffer.length) {
        const position = size - buffer.length + filled;
        const count = await file.read(buffer, filled, buffer.length - filled, position);
        if (count === 0) break;
        filled += count;
      }
      const start = size > maxBytes ? buffer.indexOf(0x0a) + 1 || filled : 0;
      return buffer.toString("utf8", start, filled);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw diskError("read", path, error);
  }
}

/** The log's end. Throws `disk.*`; the system's errors where there is no journal. */
export async function readLog(
  { fs, run }: { readonly fs: FileSystem; readonly run: RunProgram },
  target: LogConfig["target"],
  signal: AbortSignal,
): Promise<string> {
  if (typeof target === "object") return tailOf(fs, target.file, maxLogBytes);
  const { stdout } = await run(journal, {
    env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
    timeoutMs: journalMs,
    maxOutputBytes: maxJournalBytes,
    signal,
  });
  return stdout === ""
    ? "The journal has nothing of the agent's that this user may read.\n"
    : stdout;
}
