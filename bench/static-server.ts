/**
 * nginx on the loopback interface, as the repository of every tool alike. What it sent and how often
 * it was asked is read from its own log, one line a request, which it writes without a buffer.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Traffic } from "./counting-server.ts";
import { freePort } from "./free-port.ts";

/** A running server. */
export interface StaticServer {
  readonly url: string;
  reset(): Promise<void>;
  traffic(): Promise<Traffic>;
  close(): Promise<void>;
}

const configuration = (folder: string, root: string, port: number): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  log_format sent '$bytes_sent';
  access_log ${folder}/access.log sent;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  sendfile on;
  keepalive_requests 100000;
  default_type application/octet-stream;
  if_modified_since before;
  max_ranges 100000;
  server { listen 127.0.0.1:${port}; root ${root}; server_tokens off; }
}
`;

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

const untilItAnswers = async (url: string): Promise<void> => {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await answers(url)) return;
    await delay(25);
  }
  throw new Error("nginx does not answer");
};

/**
 * Serves a folder until it is closed.
 *
 * @param folder for nginx's own files
 * @throws Error when nginx is not installed or does not start
 */
export const startStaticServer = async (folder: string, root: string): Promise<StaticServer> => {
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const config = join(folder, "nginx.conf");
  await writeFile(config, configuration(folder, root, port));
  const child = spawn("nginx", ["-c", config, "-e", join(folder, "error.log")], {
    stdio: "ignore",
    env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` },
  });
  const ended = once(child, "exit");
  const url = `http://127.0.0.1:${port}/`;
  const failed = ended.then(() => {
    throw new Error("nginx did not start (Debian: nginx-light)");
  });
  await Promise.race([failed, untilItAnswers(url)]);
  failed.catch(() => undefined); // from here on its end is no failure
  const log = join(folder, "access.log");
  return {
    url,
    reset: () => truncate(log),
    traffic: async () => {
      // A connection that the client closed is logged a moment after the client has ended.
      await delay(20);
      const sent = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
      return { requests: sent.length, bytes: sent.reduce((sum, line) => sum + Number(line), 0) };
    },
    close: async () => {
      child.kill("SIGQUIT");
      await ended;
    },
  };
};
