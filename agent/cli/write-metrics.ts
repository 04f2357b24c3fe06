/** Writes the metrics after a run. A failure is a note: it can never change how an update ended. */
import { writeFileDurable } from "../../host/durable.ts";
import { toVouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig } from "../config/types.ts";
import type { EngineContext } from "../update/types.ts";

/** Writes them to `metrics.textfile`, if that is configured, in place of the last ones. Never throws. */
export async function writeMetrics(
  engine: EngineContext,
  config: AgentConfig,
  agentVersion: string,
): Promise<void> {
  const path = config.metrics?.textfile;
  if (path === undefined) return;
  try {
    const [{ exposition }, { readMonitoredState }] = await Promise.all([
      import("../monitoring/exposition.ts"),
      import("./monitored-state.ts"),
    ]);
    const text = exposition(await readMonitoredState(engine, config, agentVersion));
    await writeFileDurable(engine.fs, path, Buffer.from(text), { mode: 0o644 });
  } catch (error) {
    engine.log.warn("the metrics are not written", { reason: toVouchsafeError(error).message });
  }
}
