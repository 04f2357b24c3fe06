/** Where programs that the agent starts find others: in the system's own folders, whoever started it. */
import { win32 } from "node:path";

const unix = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The search path for a program that the agent starts.
 *
 * @param windows the folder of Windows itself, where that is the system
 */
export function searchPath(platform: NodeJS.Platform, windows: string): string {
  if (platform !== "win32") return unix;
  const system = win32.join(windows, "System32");
  return [system, windows, win32.join(system, "Wbem")].join(";");
}
