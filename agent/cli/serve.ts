/** `serve`: hands what this machine has verified to its neighbours, until it is told to stop. */
import process from "node:process";
import { formatBytes } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { readFileBounded } from "../../host/durable.ts";
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";
import { isJournal } from "../../host/log/journal-stream.ts";
import { journalOptions } from "../../host/log/journal-tool.ts";
import { createLog, type Log } from "../../host/log.ts";
import { untilAborted } from "../../host/until-aborted.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig, RelayConfig } from "../config/types.ts";
import { openCatalog } from "../relay/read-catalog.ts";
import { type ListenOptions, startRelay } from "../relay/server.ts";
import { tokenCheck } from "../relay/token.ts";
import { checkStatePath } from "../store/safe-path.ts";
import { makeThrottle } from "../transfer/rate.ts";
import { relayWarnings } from "./config-check.ts";
import { readSecretFile } from "./network.ts";
import { openConfig } from "./open-config.ts";

const maxPemBytes = 1_048_576;

function relayIn({ relay, path }: AgentConfig): RelayConfig {
  if (relay !== undefined) return relay;
  const message = `${path} has no section "relay": it says where to listen, and for whom.`;
  throw new VouchsafeError("config.invalid", message, { details: { key: "relay" } });
}

async function tlsOf(fs: FileSystem, { tls }: RelayConfig): Promise<ListenOptions["tls"]> {
  if (tls === undefined) return undefined;
  const read = (path: string): Promise<Buffer> => readFileBounded(fs, path, maxPemBytes);
  const ca = tls.clientCa === undefined ? undefined : await read(tls.clientCa);
  return { cert: await read(tls.certFile), key: await read(tls.keyFile), ...(ca && { ca }) };
}

/** Never the configuration's file: that is the service's, and two may not rotate it. */
function openLog({ env, out, program }: CliContext, { log }: AgentConfig): Promise<Log> {
  const level = out.isVerbose ? "debug" : log.level;
  if (!isJournal(env)) return createLog({ level, target: "stderr" });
  return createLog({ level, target: "journal", journal: journalOptions(program.name, {}) });
}

function urlOf({ listen: { host }, tls }: RelayConfig, port: number): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  return `${tls === undefined ? "http" : "https"}://${shown}:${port}/`;
}

/** Runs the verb; returns when it is interrupted and everything is closed. */
export async function run(context: CliContext): Promise<number> {
  const { out, clock, signal } = context;
  const fs = nodeFileSystem;
  const config = await openConfig(context);
  const relay = relayIn(config);
  const uid = process.geteuid?.();
  if (uid !== undefined) await checkStatePath(fs, config.state, uid);
  if (!out.isQuiet) for (const warning of relayWarnings(config)) out.warn(warning);
  const { tokenFile, maxRate, maxConnections, listen } = relay;
  const token = tokenFile === undefined ? undefined : await readSecretFile(fs, tokenFile);
  const tls = await tlsOf(fs, relay);
  const log = await openLog(context, config);
  try {
    const running = await startRelay(
      { ...listen, maxConnections, ...(tls === undefined ? {} : { tls }) },
      {
        fs,
        clock,
        log,
        throttle: makeThrottle(maxRate, clock),
        mayRead: tokenCheck(token),
        catalog: openCatalog({
          fs,
          clock,
          state: config.state,
          root: config.repository.root,
          databases: [...config.databases.keys()],
        }),
      },
    );
    const url = urlOf(relay, running.port);
    out.json({ result: "listening", url });
    out.line(`The relay listens at ${url}`);
    log.info("relay started", { url });
    await untilAborted(signal);
    await running.close();
    const { files, bytes } = running.totals();
    log.info("relay stopped", { files, handedOut: formatBytes(bytes) });
    return 0;
  } finally {
    await log.close();
  }
}
