import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callService } from "../../../agent/daemon/control-client.ts";
import {
  type Client,
  createControlServer,
  type Handler,
} from "../../../agent/daemon/control-server.ts";
import { openControlSocket } from "../../../agent/daemon/control-socket.ts";
import { type ControlRequest, controlLimits } from "../../../agent/daemon/messages.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";

const state = "/var/lib/here";
const hello = { event: "hello", format: 1, version: "1", state } as const;
const update = { verb: "update", databases: [], now: true, force: false, plan: false } as const;

let dir: string;
let path: string;
const closers: (() => Promise<void>)[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-socket-"));
  path = join(dir, "run", "agent.sock");
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const close of closers.splice(0)) await close();
  rmSync(dir, { recursive: true });
});

/** A service that answers as the handler says; notes each request. */
async function service(handler: Handler = (_, client) => client.end({ event: "outcome" })) {
  const requests: ControlRequest[] = [];
  const { server, dropClients } = createControlServer(hello, (request, client) => {
    requests.push(request);
    handler(request, client);
  });
  const stop = await openControlSocket(nodeFileSystem, server, path);
  const close = async (): Promise<void> => {
    const stopped = stop();
    dropClients();
    await stopped;
  };
  closers.push(close);
  return { requests, close };
}

/** A client that speaks bytes; resolves with all it was told when the talk has ended. */
function raw(bytes: string | Uint8Array = "") {
  const socket = connect(path);
  sockets.push(socket);
  let told = "";
  socket.on("data", (chunk) => {
    told += String(chunk);
  });
  socket.on("error", () => undefined);
  socket.write(bytes);
  const ended = once(socket, "close").then(() => told);
  return { socket, ended, told: () => told };
}

const call = (request: ControlRequest = update, at = state) =>
  callService({ socket: path, state: at, request });

describe("where the socket lies", () => {
  test("in a folder of mode 0750, itself 0660, and gone afterwards", async () => {
    const { close } = await service();
    expect(statSync(join(dir, "run")).mode & 0o777).toBe(0o750);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    closers.length = 0;
    await close();
    expect(existsSync(path)).toBe(false);
  });

  test("never in a folder that others may write", async () => {
    mkdirSync(join(dir, "run"));
    chmodSync(join(dir, "run"), 0o777);
    await expect(service()).rejects.toMatchObject({ code: "disk.unsafe-path" });
    expect(existsSync(path)).toBe(false);
  });

  test("what a killed service left is replaced", async () => {
    mkdirSync(join(dir, "run"), { mode: 0o750 });
    const dead = createServer().listen(path);
    await once(dead, "listening");
    const { renameSync } = await import("node:fs");
    renameSync(path, `${path}.kept`); // closing a server removes its socket; a kill does not
    dead.close();
    await once(dead, "close");
    renameSync(`${path}.kept`, path);
    await service();
    expect(await call()).toEqual({ event: "outcome" });
  });

  test("one that answers is not replaced", async () => {
    await service();
    await expect(service()).rejects.toMatchObject({ code: "busy.locked" });
    expect(await call()).toEqual({ event: "outcome" });
  });

  test("a file in its place is not touched", async () => {
    mkdirSync(join(dir, "run"), { mode: 0o750 });
    writeFileSync(path, "mine");
    await expect(service()).rejects.toMatchObject({ code: "disk.unsafe-path" });
    expect(statSync(path).size).toBe(4);
  });
});

describe("a client", () => {
  test("asks, is told what happens, and gets the last word", async () => {
    const { requests } = await service((_, client) => {
      client.send({ event: "progress", done: 1 });
      client.end({ event: "outcome", exitCode: 0 });
    });
    const events: unknown[] = [];
    const onEvent = (event: unknown) => events.push(event);
    const answer = await callService({ socket: path, state, request: update, onEvent });
    expect(answer).toEqual({ event: "outcome", exitCode: 0 });
    expect(events).toEqual([{ event: "progress", done: 1 }]);
    expect(requests).toEqual([update]);
  });

  test("finds no service where none is, or where one of another state is", async () => {
    expect(await call()).toBeUndefined();
    const { requests } = await service();
    expect(await call(update, "/var/lib/elsewhere")).toBeUndefined();
    expect(requests).toEqual([]);
  });

  test("takes a service that does not greet for none", async () => {
    mkdirSync(join(dir, "run"));
    const mute = createServer((socket) => sockets.push(socket)).listen(path);
    await once(mute, "listening");
    expect(await call()).toBeUndefined();
    mute.close();
  });

  test("is told an error as the service has it", async () => {
    await service((_, client) => client.fail(new Error("x")));
    await expect(call()).rejects.toMatchObject({ code: "internal.unexpected", message: "x" });
  });

  test("a talk that breaks off before the last word is an error, not a success", async () => {
    const { close, requests } = await service((_, client) => client.send({ event: "progress" }));
    closers.length = 0;
    const asked = call();
    const told = expect(asked).rejects.toThrow("ended the talk before the outcome");
    await expect.poll(() => requests).toHaveLength(1);
    await close();
    await told;
  });

  test("stops waiting when it is interrupted", async () => {
    await service(() => undefined);
    const interrupted = new AbortController();
    const asked = callService({ socket: path, state, request: update, signal: interrupted.signal });
    setTimeout(() => interrupted.abort(new Error("enough")), 50);
    await expect(asked).rejects.toThrow("enough");
  });
});

describe("the service is not impressed by", () => {
  test.each([
    ["garbage", "GET / HTTP/1.1\r\n\r\n"],
    ["bytes that are no text", Uint8Array.of(0xff, 0x00, 0x0a)],
    ["an empty line", "\n"],
    ["a verb it does not have", '{"verb":"exec","argv":["/bin/sh"]}\n'],
    ["a path", '{"verb":"update","config":"/tmp/evil.yaml"}\n'],
  ])("%s", async (_name, bytes) => {
    const { requests } = await service();
    const told = await raw(bytes).ended;
    expect(told.split("\n")[1]).toMatch(/^\{"event":"error","error":\{"code":"usage\.input"/);
    expect(requests).toEqual([]);
    expect(await call()).toEqual({ event: "outcome" });
  });

  test("a line without an end", async () => {
    const { requests } = await service();
    const { socket, ended, told } = raw();
    const flood = setInterval(() => socket.write(Buffer.alloc(4096, "x")), 1);
    await expect.poll(told).toContain("The request is too long.");
    clearInterval(flood);
    socket.destroy();
    await ended;
    expect(requests).toEqual([]);
    expect(await call()).toEqual({ event: "outcome" });
  });

  test("a second request after the first", async () => {
    const { requests } = await service();
    await raw(`${JSON.stringify(update)}\n${JSON.stringify(update)}\n`).ended;
    expect(requests).toHaveLength(1);
  });

  test("more clients than it takes: the others wait, these are turned away", async () => {
    await service();
    const idle = Array.from({ length: controlLimits.clients }, () => raw());
    await expect.poll(() => idle.every(({ told }) => told().includes("hello"))).toBe(true);
    expect(await raw().ended).toMatch(/^\{"event":"error","error":\{"code":"busy\.locked"/);
    await expect(call()).rejects.toMatchObject({ code: "busy.locked" });
    for (const { socket } of idle) socket.destroy();
    await expect.poll(() => call().catch(() => undefined)).toEqual({ event: "outcome" });
  });

  test("clients that close their half, or vanish", async () => {
    const clients: Client[] = [];
    await service((_, client) => clients.push(client));
    const half = raw();
    half.socket.end();
    expect(await half.ended).toContain("hello");
    const gone = raw(`${JSON.stringify(update)}\n`);
    await expect.poll(() => clients).toHaveLength(1);
    gone.socket.destroy();
    await expect.poll(() => clients[0]?.gone()).toBe(true);
    clients[0]?.send({ event: "progress" });
    clients[0]?.end({ event: "outcome" });
  });

  test("one that says nothing: it is let go after ten seconds", async () => {
    await service();
    const begun = performance.now();
    await raw().ended;
    expect(performance.now() - begun).toBeGreaterThan(controlLimits.requestMs - 500);
  }, 20_000);

  test("one that does not read: progress is left out, and what waits stays bounded", async () => {
    const clients: Client[] = [];
    await service((_, client) => clients.push(client));
    const { socket } = raw(`${JSON.stringify(update)}\n`);
    socket.pause();
    await expect.poll(() => clients).toHaveLength(1);
    const [client] = clients;
    const text = "x".repeat(10_000);
    for (let turn = 0; turn < 2_000; turn++)
      client?.send({ event: "progress", text }, "may-be-lost");
    expect(client?.gone()).toBe(false);
    for (let turn = 0; turn < 2_000; turn++) client?.send({ event: "log", text });
    expect(client?.gone()).toBe(true);
  });
});
