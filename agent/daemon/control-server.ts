/**
 * The service's end of the control socket. Every client is bounded: in number, in time until its
 * request, in bytes it may send and in bytes it may leave unread.
 */
import { createServer, type Server, type Socket } from "node:net";
import { errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import { makeLineSplitter } from "./lines.ts";
import {
  type ControlRequest,
  controlLimits,
  encodeMessage,
  type Hello,
  parseRequest,
} from "./messages.ts";

/** One client whose request was understood. */
export interface Client {
  /** Sends a message; one that may be lost (progress) is left out when the client reads slowly. */
  send(message: object, kind?: "may-be-lost"): void;
  /** Ends the talk. */
  end(message: object): void;
  /** Ends the talk with an error. */
  fail(error: unknown): void;
  /** Whether the client has gone. */
  gone(): boolean;
}

/** Answers a request; must end the talk. */
export type Handler = (request: ControlRequest, client: Client) => void;

function makeClient(socket: Socket): Client {
  const gone = (): boolean => socket.destroyed || socket.writableEnded;
  const end = (message: object): void => {
    if (!gone()) socket.end(encodeMessage(message));
  };
  return {
    gone,
    end,
    fail: (error) => end({ event: "error", error: errorDocument(error) }),
    send(message, kind) {
      if (gone()) return;
      const backlog = socket.writableLength;
      if (kind === "may-be-lost" && backlog > controlLimits.softBacklogBytes) return;
      if (backlog > controlLimits.hardBacklogBytes) socket.destroy();
      else socket.write(encodeMessage(message));
    },
  };
}

function serve(socket: Socket, hello: Hello, handler: Handler): void {
  const client = makeClient(socket);
  const splitter = makeLineSplitter(controlLimits.requestBytes);
  const refuse = (error: unknown): void => {
    client.fail(error);
    // A client that goes on sending after its end is not listened to.
    socket.resume().setTimeout(controlLimits.requestMs, () => socket.destroy());
  };
  const late = setTimeout(() => socket.destroy(), controlLimits.requestMs);
  const onData = (chunk: Buffer): void => {
    try {
      const [line] = splitter.push(chunk);
      if (line === undefined) return;
      socket.off("data", onData).resume();
      clearTimeout(late);
      handler(parseRequest(line), client);
    } catch (error) {
      socket.off("data", onData);
      clearTimeout(late);
      const tooLong = error instanceof RangeError;
      refuse(tooLong ? new VouchsafeError("usage.input", "The request is too long.") : error);
    }
  };
  socket.on("data", onData);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => clearTimeout(late));
  client.send(hello);
}

/** The server, and how it lets go of those who are still there. */
export interface ControlServer {
  readonly server: Server;
  /** Ends all talks at once, after what was told has been sent. */
  readonly dropClients: () => void;
}

/** Makes the server; the caller lets it listen. */
export function createControlServer(hello: Hello, handler: Handler): ControlServer {
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.once("close", () => clients.delete(socket));
    if (clients.size > controlLimits.clients) {
      const busy = new VouchsafeError("busy.locked", "The service has too many clients now.");
      socket.on("error", () => socket.destroy());
      socket.end(encodeMessage({ event: "error", error: errorDocument(busy) }));
      socket.resume().setTimeout(controlLimits.helloMs, () => socket.destroy());
      return;
    }
    serve(socket, hello, handler);
  });
  return {
    server,
    dropClients: () => {
      for (const socket of clients) socket.destroySoon();
    },
  };
}
