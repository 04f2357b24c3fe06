/** The end of the agent's log: from the journal, or from the file that it writes. */
import { diskError } from "../../../host/disk-error.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import type { LogConfig } from "../../config/types.ts";
import type { RunProgram } from "../../consumer/command.ts";

/** Bytes that are read. */
export const maxLogBytes = 2_000_000;

const journalMs = 15_000;
const journal = [
  "/usr/bin/journalctl",
  "--unit=vouchsafe-agent.service",
  "--unit=vouchsafe-agent-oneshot.service",
  "--lines=5000",
  "--output=short-iso",
  "--no-hostname",
  "--no-pager",
  "--quiet",
] as const;

/** The end of a file. Throws `disk.*`. */
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
      return buffer.toString("utf8", 0, filled);
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
    maxOutputBytes: maxLogBytes,
    signal,
  });
  return stdout === ""
    ? "The journal has nothing of the agent's that this user may read.\n"
    : stdout;
}
