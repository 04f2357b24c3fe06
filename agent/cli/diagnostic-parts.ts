/** What goes into the archive of `diagnostics`, in order. */
import process from "node:process";
import type { CliContext } from "../../host/cli/types.ts";
import { nodeFileSystem as fs } from "../../host/file-system.ts";
import { runProcess } from "../../host/process.ts";
import { errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig } from "../config/types.ts";
import { selfCommand, selfFacts } from "../daemon/self-command.ts";
import { readUnits } from "../doctor/checks/service.ts";
import type { Part } from "../doctor/diagnostics/archive.ts";
import { readLog, tailOf } from "../doctor/diagnostics/logs.ts";
import { systemDocument } from "../doctor/diagnostics/system.ts";
import { listState } from "../doctor/diagnostics/tree.ts";
import { statePlaces } from "../store/layout.ts";
import { readState } from "../update/read-state.ts";
import { configDocument } from "./config-show.ts";
import { readMonitoredState } from "./monitored-state.ts";
import { configPath } from "./open-config.ts";
import { stateContext } from "./state-context.ts";

const small = 200_000;
const large = 2_000_000;
const historyBytes = 500_000;
const doctorMs = 45_000;

const json = (document: unknown): string => `${JSON.stringify(document, undefined, 2)}\n`;

function part(name: string, about: string, maxLength: number, read: Part["read"]): Part {
  return { name, about, maxLength, read };
}

/** Asks the doctor in a process of its own. */
async function askDoctor({ env, signal }: CliContext, path: string): Promise<string> {
  const { program, args } = selfCommand(selfFacts());
  const set = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const { stdout, stderr } = await runProcess(
    [program, ...args, "doctor", "--json", "--config", path],
    { env: Object.fromEntries(set), timeoutMs: doctorMs, maxOutputBytes: large, signal },
  );
  return stdout === "" ? `The doctor said nothing: ${stderr}\n` : stdout;
}

function partsWithConfig(context: CliContext, config: AgentConfig): readonly Part[] {
  const { clock, program, signal } = context;
  const looking = stateContext(clock, config);
  const places = statePlaces(config.state);
  return [
    part("config.json", "the configuration as it counts", small, async () =>
      json(configDocument(config)),
    ),
    part("status.json", "what is installed, and how the last checks ended", large, async () =>
      json(await readState(looking)),
    ),
    part("trust.json", "versions and expiry of the trusted metadata", small, async () =>
      json((await readMonitoredState(looking, config, program.version.version)).roles),
    ),
    part("last-run.json", "the last run, as it is kept", small, () =>
      tailOf(fs, places.lastRun, small),
    ),
    part("history.ndjson", "the end of the history", historyBytes, () =>
      tailOf(fs, places.history, historyBytes),
    ),
    part("state.txt", "the state folder: modes, owners, sizes, times", large, () =>
      listState(fs, config.state),
    ),
    part("log.txt", "the end of the log", large, () =>
      readLog({ fs, run: runProcess }, config.log.target, signal),
    ),
  ];
}

/** @param found the configuration, or why it cannot be loaded */
export function partsOf(context: CliContext, found: AgentConfig | VouchsafeError): readonly Part[] {
  const { clock, program, signal } = context;
  const ports = { fs, run: runProcess };
  return [
    part("version.json", "the program and its runtime", small, async () =>
      json({ ...program.version, platform: process.platform, arch: process.arch }),
    ),
    part("doctor.json", "what `agent doctor` finds", large, () =>
      askDoctor(context, configPath(context)),
    ),
    part("units.json", "the state of the units of systemd", small, async () =>
      json((await readUnits(ports, signal)) ?? "systemd is not the service manager"),
    ),
    part("system.json", "the machine", small, async () =>
      json(await systemDocument(clock, signal)),
    ),
    ...(found instanceof VouchsafeError
      ? [
          part("config.json", "why there is no configuration", small, async () =>
            json(errorDocument(found)),
          ),
        ]
      : partsWithConfig(context, found)),
  ];
}
