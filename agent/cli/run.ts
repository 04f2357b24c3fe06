/** `run`: the service in the foreground, with the real ports. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import type { CliContext } from "../../host/cli/types.ts";
import { makeDirDurable } from "../../host/durable.ts";
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";
import type { JournalOptions } from "../../host/log/journal.ts";
import { isJournal } from "../../host/log/journal-stream.ts";
import { journalOptions } from "../../host/log/journal-tool.ts";
import { createLog, type Log } from "../../host/log.ts";
import { runProcess } from "../../host/process.ts";
import { toVouchsafeError } from "../../protocol/errors.ts";
import type { ServiceManager } from "../daemon/announcer.ts";
import { startCron } from "../daemon/cron.ts";
import { messageIds } from "../daemon/message-ids.ts";
import { defaultDrainMs } from "../daemon/parts.ts";
import { selfCommand, selfFacts } from "../daemon/self-command.ts";
import { runService } from "../daemon/service.ts";
import { startWorker } from "../daemon/worker.ts";
import { systemdOf, withoutNotifySocket } from "../platform/linux/systemd-notify.ts";
import { ensureIdentity } from "../report/identity.ts";
import { loadConfig } from "./open-config.ts";
import { dropPrivileges } from "./privileges.ts";
import { randomUnit } from "./random.ts";

/** The agent's id; if its key cannot be read, which must not keep updates back, the host's name. */
async function scheduleSeed(context: CliContext, fs: FileSystem, state: string): Promise<string> {
  try {
    const keys = join(state, "keys");
    await makeDirDurable(fs, keys, 0o700);
    return (await ensureIdentity(fs, keys, randomBytes)).id;
  } catch (error) {
    context.out.warn(`the identity cannot be used: ${toVouchsafeError(error).message}`);
    return hostname();
  }
}

function onHangup(listener: () => void): () => void {
  process.on("SIGHUP", listener);
  return () => process.off("SIGHUP", listener);
}

/** Entries get fields where systemd has connected standard error with the journal. */
function journalOf({ env, program }: CliContext): { readonly journal?: JournalOptions } {
  return isJournal(env) ? { journal: journalOptions(program.name, messageIds) } : {};
}

/** Whoever started the service, if not systemd. */
export interface Starter {
  readonly manager: ServiceManager;
  /** Listens to what the service says. */
  readonly overhear: (log: Log) => Log;
}

/** Serves until the context's signal is aborted. */
export async function serve(context: CliContext, starter?: Starter): Promise<number> {
  // It stays, and does next to nothing: 23 MB of its own in place of 30, for no more time.
  setFlagsFromString("--optimize-for-size");
  const fs = nodeFileSystem;
  const { clock, signal } = context;
  const loaded = await loadConfig(context);
  await dropPrivileges(fs, loaded.config.state);
  const command = selfCommand(selfFacts());
  const manager = starter?.manager ?? systemdOf({ env: context.env, pid: process.pid }, runProcess);
  const env = withoutNotifySocket(context.env);
  const journal = journalOf(context);
  const facts = {
    version: context.program.version.version,
    pid: process.pid,
    seed: await scheduleSeed(context, fs, loaded.config.state),
    drainMs: defaultDrainMs,
  };
  await runService(
    {
      fs,
      clock,
      signal,
      startCron,
      random: randomUnit,
      makeLog: async ({ level, target }) => {
        const log = await createLog({ level, target, ...journal });
        return starter === undefined ? log : starter.overhear(log);
      },
      startWorker: (args, input, onEvent) => startWorker({ command, args, input, env, onEvent }),
      load: () => loadConfig(context),
      onReload: onHangup,
      ...(manager === undefined ? {} : { manager }),
      interrupted: async ({ config: { state, databases } }) => {
        const { interruptedUpdate } = await import("../store/interrupted.ts");
        return interruptedUpdate(fs, state, databases.keys());
      },
    },
    facts,
    loaded,
  );
  return 0;
}

export function run(context: CliContext): Promise<number> {
  return serve(context);
}
