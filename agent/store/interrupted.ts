/** Whether an update was cut off: its journal is still there. */
import { lstatIfExists } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { databasePlaces } from "./layout.ts";

/** Whether recovery has something to do for any of the databases. What cannot be read counts. */
export async function interruptedUpdate(
  fs: FileSystem,
  state: string,
  databases: Iterable<string>,
): Promise<boolean> {
  for (const name of databases) {
    try {
      const { journal } = databasePlaces(state, name);
      if ((await lstatIfExists(fs, journal)) !== undefined) return true;
    } catch {
      return true;
    }
  }
  return false;
}
