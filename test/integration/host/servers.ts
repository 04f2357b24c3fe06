/** Servers on the loopback for the tests of the HTTP client; all are closed by `closeServers`. */
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { connect, createServer as createTcpServer, type Server, type Socket } from "node:net";

const opened: (() => void)[] = [];

/** Something else to close with the servers. */
export function onClose(close: () => void): void {
  opened.push(close);
}

export function closeServers(): void {
  for (const close of opened.splice(0)) close();
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  opened.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export async function serve(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createHttpServer(listener))}`;
}

export async function serveTls(options: ServerOptions, listener: RequestListener): Promise<string> {
  return `https://127.0.0.1:${await listen(createHttpsServer(options, listener))}`;
}

/** A server that speaks whatever `onSocket` says. */
export async function serveTcp(onSocket: (socket: Socket) => void): Promise<string> {
  return `http://127.0.0.1:${await listen(createTcpServer(onSocket))}/`;
}

/**
 * A proxy that answers plain requests itself, makes tunnels, and notes what it was asked; tunnels may lead to `target` instead.
 */
export async function serveProxy(target?: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end("through the proxy");
  });
  server.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    const { hostname, port } = new URL(target ?? `http://${request.url}`);
    const upstream = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, asked };
}
