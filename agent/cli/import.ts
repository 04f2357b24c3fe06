/**
 * `import`: releases from one file, where there is no network. The same verification and the same
 * pipeline under the same lock as an update; only where the bytes come from differs.
 */
import { join } from "node:path";
import type { CliContext } from "../../host/cli/types.ts";
import { diskError } from "../../host/disk-error.ts";
import { makeDirDurable, removeTree, writeFully } from "../../host/durable.ts";
import { nodeFileSystem as fs, type OpenFile } from "../../host/file-system.ts";
import { errnoOf, errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import { bundledRoles } from "../../protocol/release/bundle.ts";
import type { AgentConfig } from "../config/types.ts";
import { openBundle } from "../transfer/bundle.ts";
import { exitCodeOfOutcome, failedOutcome } from "../update/outcome.ts";
import type { UpdateContext, UpdateOutcome, UpdateRequest } from "../update/types.ts";
import { terminalLog } from "./call-log.ts";
import { engineContext, trustOpener } from "./compose.ts";
import { openConfig } from "./open-config.ts";
import { runAndReport } from "./perform-update.ts";
import { printOutcome } from "./print-outcome.ts";
import { progressBars } from "./progress.ts";
import { showOutcome } from "./show-outcome.ts";

const lockWaitMs = 30_000;
/** Free space that is left when a bundle comes over standard input. */
const marginBytes = 64 * 1024 * 1024;

export const failure = (error: unknown): unknown => failedOutcome(errorDocument(error));

/** Opened before root is left behind: the file may be one that only root can read. */
async function openFile(path: string): Promise<OpenFile> {
  try {
    const file = await fs.open(path, "r");
    if ((await file.stat()).kind === "file") return file;
    await file.close();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw diskError("read", path, error);
    throw new VouchsafeError("usage.input", `The bundle ${path} does not exist.`);
  }
  throw new VouchsafeError("usage.input", `The bundle ${path} is not a file.`);
}

/** Keeps standard input in the state folder while it is used, as far as there is room. */
async function spool(context: CliContext, dir: string): Promise<OpenFile> {
  await removeTree(fs, dir); // of a call that was killed
  await makeDirDurable(fs, dir, 0o700);
  const path = join(dir, "bundle.tar");
  const writing = await fs.open(path, "wx", 0o600);
  try {
    const room = (await fs.statfs(dir)).freeBytes - marginBytes;
    let length = 0;
    for await (const part of context.stdin) {
      context.signal.throwIfAborted();
      const bytes = Buffer.from(part);
      length += bytes.length;
      if (length > room) {
        throw new VouchsafeError("disk.full", "The bundle does not fit on the disk of the state.");
      }
      await writeFully(writing, bytes);
    }
  } finally {
    await writing.close();
  }
  return fs.open(path, "r");
}

function requestFor(
  { options }: CliContext,
  config: AgentConfig,
  roles: ReadonlySet<string>,
): UpdateRequest {
  const databases = [...config.databases.keys()].filter((name) => roles.has(name));
  if (databases.length === 0) {
    const names = [...config.databases.keys()].join(", ");
    const message = `The bundle holds none of the configured databases (${names}).`;
    throw new VouchsafeError("usage.input", message);
  }
  return { now: true, force: options.flag("force"), planOnly: options.flag("plan"), databases };
}

async function importFrom(
  context: CliContext,
  config: AgentConfig,
  file: OpenFile,
): Promise<number> {
  const { index, repository } = await openBundle(file);
  const request = requestFor(context, config, bundledRoles(index));
  const bars = progressBars(context.out);
  const settings = { log: terminalLog(context.out), lockWaitMs, onProgress: bars.listener };
  const engine = engineContext(context, config, settings);
  const update: UpdateContext = {
    ...engine,
    repository,
    agentVersion: context.program.version.version,
    selfCheckMs: config.selfCheckMs,
    openTrust: trustOpener(engine, config, repository.metadata, {
      maxAgeMs: config.importMaxAgeMs,
    }),
  };
  const tell = (outcome: UpdateOutcome): void => {
    bars.end();
    printOutcome(context, outcome, showOutcome(outcome));
  };
  try {
    return exitCodeOfOutcome(await runAndReport(context, config, update, request, tell));
  } finally {
    bars.end();
  }
}

export async function run(context: CliContext): Promise<number> {
  const [bundle = ""] = context.positionals;
  const given = bundle === "-" ? undefined : await openFile(bundle);
  try {
    const config = await openConfig(context);
    if (given !== undefined) return await importFrom(context, config, given);
    const dir = join(config.state, "import");
    try {
      const file = await spool(context, dir);
      try {
        return await importFrom(context, config, file);
      } finally {
        await file.close();
      }
    } finally {
      await removeTree(fs, dir);
    }
  } finally {
    await given?.close();
  }
}
