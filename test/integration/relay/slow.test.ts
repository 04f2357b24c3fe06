/** Neighbours that hold on: what they take is freed, however slowly they go about it. */
import { once } from "node:events";
import { createServer, request, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bounds } from "../../../agent/relay/bounds.ts";
import { sendPart } from "../../../agent/relay/send.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { type RelayFixture, relayOver } from "../../testkit/relay-fixture.ts";

const length = 64 * 1024 * 1024;
const offer = { file: "/dev/zero", length, sha256: sha256("zeros"), kind: "target" } as const;

/** Asks for zeros and takes none of them; gives the answer's other end and how sending it ended. */
async function stubbornReader(clock: Parameters<typeof sendPart>[3]["clock"]) {
  let sending: Promise<string> | undefined;
  const server = createServer((_, response: ServerResponse) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const send = async () => {
      const file = await nodeFileSystem.open(offer.file, "r");
      const ports = { fs: nodeFileSystem, clock, throttle: { take: async () => undefined } };
      try {
        await sendPart(response, file, { offer, start: 0, end: length }, ports, gone.signal);
        return "sent";
      } catch (error) {
        response.destroy();
        return error instanceof Error ? error.message : "unknown";
      } finally {
        await file.close();
      }
    };
    sending = send();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const asking = request({ port, host: "127.0.0.1", agent: false });
  asking.on("error", () => undefined);
  asking.end();
  await once(server, "request");
  return {
    ended: () => sending,
    close: () => {
      asking.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}

describe("a reader", () => {
  test("that takes too little loses its answer", async () => {
    const waits: number[] = [];
    const sleep = async (ms: number) => void waits.push(ms);
    const reader = await stubbornReader({ sleep });
    expect(await reader.ended()).toBe("the reader takes too little");
    expect(waits).toEqual([bounds.stalledMs]);
    reader.close();
  });

  test("that is gone costs nothing more", async () => {
    const sleep = (_: number, signal?: AbortSignal) =>
      new Promise<void>((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
      });
    const reader = await stubbornReader({ sleep });
    reader.close();
    expect(await reader.ended()).not.toBe("sent");
  });
});

describe("a head that never ends", () => {
  let engine: EngineFixture;
  let relay: RelayFixture;
  let sockets: readonly Socket[] = [];

  beforeEach(async () => {
    engine = await engineFixture();
    await engine.publish({ "main.txt": "one" });
    await engine.update();
    relay = await relayOver(engine);
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await relay.close();
    await engine.remove();
  });

  test("is answered with the end, begun or not", async () => {
    sockets = ["", "GET / HTTP/1.1\r\nX-Slow: "].map((start) => {
      const socket = connect(relay.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.resume();
      socket.write(start);
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, "close")));
  });
});
