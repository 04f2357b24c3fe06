/** What a neighbour cannot drag out or use up, and how answers end. */
import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { bounds, serverBounds } from "../../../agent/relay/bounds.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { rawRequest } from "../../testkit/relay-fixture.ts";
import { useRelay } from "./use-relay.ts";

const content = "one".repeat(100_000);
const path = `targets/daily/${sha256(content)}.main.txt`;

const machine = useRelay(content);

const get = (asked = path, method = "GET") => fetch(`${machine.relay.url}${asked}`, { method });

describe("what a neighbour may drag out is bounded", () => {
  test("methods, and bodies", async () => {
    expect((await get(path, "POST")).status).toBe(405);
    expect((await get(path, "DELETE")).status).toBe(405);
    const text = "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    expect(await rawRequest(machine.relay.port, text)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("the size of a head", async () => {
    const long = "x".repeat(serverBounds.maxHeaderSize);
    const text = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${long}\r\n\r\n`;
    expect(await rawRequest(machine.relay.port, text)).toMatch(/^(HTTP\/1\.1 431 |$)/);
  });

  test("requests that do not wait for the answer before", async () => {
    const one = `GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const answer = await rawRequest(machine.relay.port, one.repeat(3));
    expect(answer.match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  test("connections of one address", async () => {
    const sockets = Array.from({ length: bounds.connectionsPerAddress + 4 }, () =>
      connect(machine.relay.port, "127.0.0.1"),
    );
    let closed = 0;
    for (const socket of sockets) {
      socket.on("error", () => undefined);
      socket.once("close", () => {
        closed += 1;
      });
    }
    await expect.poll(() => closed).toBe(4);
    for (const socket of sockets) socket.destroy();
  });

  test("connections of all", async () => {
    await machine.restart({ maxConnections: 1 });
    const holder = connect(machine.relay.port, "127.0.0.1");
    await new Promise((resolve) => holder.once("connect", resolve));
    const second = connect(machine.relay.port, "127.0.0.1");
    second.on("error", () => undefined);
    await new Promise((resolve) => second.once("close", resolve));
    holder.destroy();
  });

  test("the rate of all answers together", async () => {
    let taken = 0;
    const take = async (bytes: number) => {
      taken += bytes;
    };
    await machine.restart({ throttle: { take } });
    await Promise.all([1, 2].map(async () => (await get()).text()));
    expect(taken).toBe(2 * content.length);
  });
});

/** Asks for the file and reads nothing of it until it is told to. */
function slowReader(): Promise<{ readonly rest: () => Promise<number> }> {
  return new Promise((resolve, reject) => {
    const asking = request(`${machine.relay.url}${path}`, { agent: false }, (response) => {
      resolve({
        rest: async () => {
          let length = 0;
          for await (const piece of response) length += Buffer.from(piece).length;
          return length;
        },
      });
    });
    asking.once("error", reject);
    asking.end();
  });
}

/** Lets a first piece of an answer pass, and the rest when the test says so. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let pieces = 0;
  const take = (): Promise<void> => {
    pieces += 1;
    return pieces === 1 ? Promise.resolve() : opened;
  };
  return { throttle: { take }, open: () => open() };
}

test("a generation that is collected while it is sent arrives whole", async () => {
  const { throttle, open } = gate();
  await machine.restart({ throttle });
  const reader = await slowReader();
  const first = machine.engine.generations();
  for (const text of ["two", "three"]) {
    await machine.engine.publish({ "main.txt": text });
    await machine.engine.update();
  }
  expect(machine.engine.generations()).not.toEqual(expect.arrayContaining([...first]));
  open();
  expect(await reader.rest()).toBe(content.length);
});

test("at its end answers that are under way end first, and nothing new begins", async () => {
  const { throttle, open } = gate();
  await machine.restart({ throttle });
  const reader = await slowReader();
  const closing = machine.relay.close();
  const answer = () =>
    get("x").then(
      () => "answered",
      () => "refused",
    );
  await expect.poll(answer).toBe("refused");
  open();
  expect(await reader.rest()).toBe(content.length);
  await closing;
});
