/** A tunnel through a proxy (RFC 9110 §9.3.6), made by hand, so that its refusal can be told. */
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { VouchsafeError } from "../../protocol/errors.ts";

const maxAnswerBytes = 16_384;

/** The proxy's credentials as a header field, or nothing. */
function authorization({ username, password }: URL): string {
  if (username === "" && password === "") return "";
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Proxy-Authorization: Basic ${Buffer.from(pair).toString("base64")}\r\n`;
}

function secured(socket: Socket, proxy: URL, opened: Set<Socket>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = connectTls({ socket, servername: proxy.hostname }, () => resolve(secure));
    opened.add(secure);
    secure.on("error", reject);
  });
}

/** The status line that the proxy answers with. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const onData = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0 && text.length <= maxAnswerBytes) return;
      socket.off("data", onData);
      socket.pause();
      resolve(text.split("\r\n", 1)[0] ?? "");
    };
    socket.on("data", onData);
    socket.once("close", () =>
      reject(new VouchsafeError("transfer.unreachable", "The proxy hung up without an answer.")),
    );
    socket.on("error", reject);
  });
}

/**
 * Opens a tunnel.
 *
 * @param to `host:port`
 * @returns the socket that leads to it
 * @throws VouchsafeError `transfer.unreachable` with the proxy's status
 */
export async function openTunnel(
  socket: Socket,
  proxy: URL,
  to: string,
  opened: Set<Socket>,
): Promise<Socket> {
  const hop = proxy.protocol === "https:" ? await secured(socket, proxy, opened) : socket;
  const answer = answerOf(hop);
  hop.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n${authorization(proxy)}\r\n`);
  const [, status] = /^HTTP\/1\.[01] ([0-9]{3})/.exec(await answer) ?? [];
  if (status?.startsWith("2") === true) return hop;
  const why =
    status === "407"
      ? "demands other credentials (407)"
      : status === undefined
        ? "does not speak HTTP"
        : `refuses a tunnel to ${to} (${status})`;
  throw new VouchsafeError("transfer.unreachable", `The proxy ${why}.`);
}
