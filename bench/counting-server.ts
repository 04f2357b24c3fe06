/** A static file server on the loopback interface that counts what it sends. */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { join, normalize } from "node:path";
import { pipeline } from "node:stream/promises";

/** What went out since the last `reset`. */
export interface Traffic {
  readonly requests: number;
  /** Bytes written to the sockets, headers included. */
  readonly bytes: number;
}

/** A running server. */
export interface CountingServer {
  readonly url: string;
  reset(): void;
  traffic(): Traffic;
  close(): Promise<void>;
}

const answer = async (
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const path = normalize(new URL(request.url ?? "/", "http://loopback").pathname);
  const file = join(folder, path);
  const info = await stat(file).catch(() => undefined);
  if (info === undefined || !info.isFile()) {
    response.writeHead(404).end();
    return;
  }
  const etag = `"${info.size.toString(36)}-${info.mtimeMs.toString(36)}"`;
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, { etag }).end();
    return;
  }
  response.writeHead(200, { "content-length": info.size, etag });
  await pipeline(createReadStream(file), response);
};

/** Serves a folder on a free port of 127.0.0.1. */
export const startCountingServer = async (folder: string): Promise<CountingServer> => {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(folder, request, response).catch(() => response.destroy());
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    reset: () => {
      sockets.clear();
      requests = 0;
    },
    traffic: () => ({
      requests,
      bytes: [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0),
    }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
