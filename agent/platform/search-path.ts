/** Where programs that the agent starts find others: in the system's own folders, whoever started it. */
import { win32 } from "node:path";

const unix = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The search path for a program that the agent starts.
 *
 * @param systemRoot Windows' own folder, if the environment names it
 */
export function searchPath(platform: NodeJS.Platform, systemRoot = "C:\\Windows"): string {
  if (platform !== "win32") return unix;
  const system = win32.join(systemRoot, "System32");
  return [system, systemRoot, win32.join(system, "Wbem")].join(";");
}
