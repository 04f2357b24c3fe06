/**
 * Where the control socket lies: in a folder that only root, the agent and its group may enter.
 * A socket that a dead service left behind is replaced; one that answers is not.
 */
import { once } from "node:events";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import process from "node:process";
import { diskError } from "../../host/disk-error.ts";
import { lstatIfExists, makeDirDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import { protectControl } from "../platform/machine.ts";

const folderMode = 0o750;
const socketMode = 0o660;
const writableByOthers = 0o022;
const answerMs = 2_000;

/** Whether somebody listens at a socket. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  socket.setTimeout(answerMs, () => socket.destroy(new Error("no answer")));
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ECONNREFUSED" || errno === "ENOENT") return false;
    throw diskError("connect to", path, error);
  } finally {
    socket.destroy();
  }
}

async function prepareFolder(fs: FileSystem, path: string): Promise<void> {
  const folder = dirname(path);
  await makeDirDurable(fs, folder, folderMode);
  const { mode } = await fs.stat(folder);
  if ((mode & writableByOthers) === 0) return;
  const message = `The folder ${folder} of the control socket may be written by others.`;
  throw new VouchsafeError("disk.unsafe-path", message, { details: { path: folder } });
}

/** Removes what a dead service left. Never anything but a socket. */
async function clearStale(fs: FileSystem, path: string): Promise<void> {
  const found = await lstatIfExists(fs, path);
  if (found === undefined) return;
  if (found.kind !== "other") {
    throw new VouchsafeError("disk.unsafe-path", `${path} is not a socket.`, { details: { path } });
  }
  if (await answers(path)) {
    throw new VouchsafeError("busy.locked", `Another service listens at ${path}.`);
  }
  await fs.unlink(path);
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  try {
    await once(server, "listening");
  } catch (error) {
    throw diskError("listen at", path, error);
  }
}

/**
 * Lets the server listen at the control socket. The caller holds the service's lock, so that no
 * other start comes between the look and the listening.
 *
 * @returns closes the server and removes the socket
 * @throws VouchsafeError `busy.locked` when another service listens there, `disk.*`
 */
export async function openControlSocket(
  fs: FileSystem,
  server: Server,
  path: string,
): Promise<() => Promise<void>> {
  if (process.platform !== "win32") {
    await prepareFolder(fs, path);
    await clearStale(fs, path);
  }
  await listen(server, path);
  protectControl(path);
  if (process.platform !== "win32") await fs.chmod(path, socketMode);
  return () => new Promise((resolve) => server.close(() => resolve())); // unlinks the socket too
}
