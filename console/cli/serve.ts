/** `serve`: runs the console until it is told to stop. */
import { resolve } from "node:path";
import { readFileBounded } from "../../host/bounded-read.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { isJournal } from "../../host/log/journal-stream.ts";
import { journalOptions } from "../../host/log/journal-tool.ts";
import { createLog, type LogOptions } from "../../host/log.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { ListenOptions } from "../api/listener.ts";
import { startConsole } from "../serve.ts";
import { dataDir } from "./data-dir.ts";
import { checkExposure, parseListen, parsePublicUrl } from "./listen-address.ts";
import { readWebFiles, webFolders } from "./web-files.ts";

const maxPemBytes = 1_048_576;

async function readTls({ options }: CliContext): Promise<ListenOptions["tls"]> {
  const certFile = options.str("tls-cert");
  const keyFile = options.str("tls-key");
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new VouchsafeError("usage.arguments", "--tls-cert and --tls-key go together.");
  }
  return {
    cert: await readFileBounded(nodeFileSystem, resolve(certFile), maxPemBytes),
    key: await readFileBounded(nodeFileSystem, resolve(keyFile), maxPemBytes),
  };
}

/** Where systemd has connected standard error with the journal, entries get priorities and fields. */
function logTarget({ env, program }: CliContext): Pick<LogOptions, "target" | "journal"> {
  if (!isJournal(env)) return { target: "stderr" };
  return { target: "journal", journal: journalOptions(program.name, {}) };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener("abort", () => done(), { once: true }));
}

/** Runs the verb; returns when it is interrupted and everything is closed. */
export async function run(context: CliContext): Promise<number> {
  const { options, env, out, clock, signal } = context;
  const address = parseListen(options.str("listen") ?? "127.0.0.1:8740");
  const publicText = options.str("public-url");
  const publicUrl = publicText === undefined ? {} : { publicUrl: parsePublicUrl(publicText) };
  const behindProxy = options.flag("behind-proxy");
  const tls = await readTls(context);
  checkExposure(address, { tls: tls !== undefined, behindProxy, ...publicUrl });

  if (!address.loopback || behindProxy) {
    out.warn("there are no users yet: whoever reaches this address may read the fleet.");
  }
  const web = await readWebFiles(webFolders(process.argv[1]));
  if (web === undefined) out.warn("this build has no page; only the API is served.");
  const log = await createLog({ level: out.isVerbose ? "debug" : "info", ...logTarget(context) });
  const { host, port } = address;
  const running = await startConsole({
    dataDir: dataDir(options, env),
    listen: { host, port, ...(tls === undefined ? {} : { tls }) },
    ...publicUrl,
    behindProxy,
    web,
    clock,
    log,
  });
  out.json({ format: 1, result: "listening", url: running.url });
  out.line(`The console listens at ${running.url}`);
  await untilAborted(signal);
  await running.close();
  await log.close();
  return 0;
}
