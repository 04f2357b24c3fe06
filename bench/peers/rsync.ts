/** rsync from a daemon on the loopback interface, compressed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, utimes, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../free-port.ts";
import { script } from "./shell.ts";
import type { PeerKind } from "./types.ts";

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

const received = (stdout: string) => {
  const bytes = /Total bytes received: ([\d,]+)/.exec(stdout)?.[1];
  if (bytes === undefined) throw new Error(`rsync told no traffic: ${stdout}`);
  return { bytesReceived: Number(bytes.replaceAll(",", "")), requests: 1 };
};

/** Days are told apart by their time, as rsync's quick check does. */
let day = 1_700_000_000;

/** rsync. It checks its own checksums; the server is believed. */
export const rsync: PeerKind = {
  name: "rsync",
  needs: { rsync: "rsync" },
  open: async ({ served, work, state, file }) => {
    const port = await freePort();
    const config = join(work, "rsyncd.conf");
    await writeFile(config, `use chroot = no\n[database]\npath = ${served}\nread only = yes\n`);
    const daemon = spawn(
      "rsync",
      ["--daemon", "--no-detach", "--address=127.0.0.1", `--port=${port}`, `--config=${config}`],
      { stdio: "ignore" },
    );
    const ended = once(daemon, "exit");
    for (let tries = 0; tries < 200 && !(await answers(port)); tries += 1) await delay(25);
    return {
      publish: async (source) => {
        await copyFile(join(source, file), join(served, file));
        day += 86_400;
        await utimes(join(served, file), day, day);
      },
      client: {
        ...script(
          'mkdir -p "$1"; rsync -tz --stats "rsync://127.0.0.1:$2/database/$3" "$1/$3"',
          state,
          String(port),
          file,
        ),
        traffic: received,
      },
      installed: join(state, file),
      close: async () => {
        daemon.kill("SIGTERM");
        await ended;
      },
    };
  },
};
