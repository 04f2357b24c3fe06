/** Answers and bodies, from servers that behave and servers that do not. */
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { readBody } from "../../../host/http.ts";
import { client, text } from "./client.ts";
import { closeServers, serve, serveTcp } from "./servers.ts";

afterEach(closeServers);

describe("an answer", () => {
  test("comes with status, headers and body as they were sent", async () => {
    const packed = gzipSync("hello");
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip", etag: '"1"', vary: "a, b" });
      response.end(packed);
    });
    const response = await client().request({ method: "GET", url });
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({ etag: '"1"', vary: "a, b" });
    expect(await readBody(response, 1000)).toEqual(packed);
  });

  test("of an error status is an answer, not an error", async () => {
    const url = await serve((_, response) => response.writeHead(503, { "retry-after": "7" }).end());
    const response = await client().request({ method: "GET", url });
    response.cancel();
    expect([response.status, response.headers["retry-after"]]).toEqual([503, "7"]);
  });

  test("of 304 has an empty body", async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.headers["if-none-match"] === '"1"' ? 304 : 200).end();
    });
    const headers = { "if-none-match": '"1"' };
    const response = await client().request({ method: "GET", url, headers });
    expect(response.status).toBe(304);
    expect((await readBody(response, 0)).length).toBe(0);
  });

  test.each(["PUT", "POST"] as const)("to a %s gets the body's bytes", async (method) => {
    const url = await serve((request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () =>
        response.end(`${request.method} ${Buffer.concat(pieces).toString()}`),
      );
    });
    const http = client();
    const filled = await http.request({ method, url, body: Buffer.from("abc") });
    expect((await readBody(filled, 100)).toString()).toBe(`${method} abc`);
    const empty = await http.request({ method, url });
    expect((await readBody(empty, 100)).toString()).toBe(`${method} `);
  });
});

describe("a body", () => {
  test("of a declared length beyond the cap is refused before it is read", async () => {
    const url = await serve((_, response) => response.end(Buffer.alloc(1001)));
    const request = { method: "GET", url, maxBytes: 1000 } as const;
    await expect(client().request(request)).rejects.toMatchObject({ code: "transfer.too-large" });
  });

  test("without a declared length is cut at the cap, and the connection ends", async () => {
    let closed = false;
    const url = await serve((request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(500)), 5);
      request.on("close", () => {
        closed = true;
        clearInterval(timer);
      });
    });
    const response = await client().request({ method: "GET", url, maxBytes: 1000 });
    await expect(readBody(response, 1e6)).rejects.toMatchObject({
      code: "transfer.too-large",
      details: { maxBytes: 1000 },
    });
    await expect.poll(() => closed).toBe(true);
  });

  test("that ends before its declared length is truncated", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("only this", () => response.destroy());
    });
    const response = await client().request({ method: "GET", url });
    await expect(readBody(response, 1e6)).rejects.toMatchObject({ code: "transfer.truncated" });
  });

  test("in chunks without the last one is truncated", async () => {
    const url = await serveTcp((socket) => {
      socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    });
    const response = await client().request({ method: "GET", url });
    await expect(readBody(response, 1e6)).rejects.toMatchObject({ code: "transfer.truncated" });
  });

  test("that goes silent is a timeout", async () => {
    const url = await serve((_, response) => void response.write("begin"));
    const response = await client().request({ method: "GET", url });
    await expect(readBody(response, 1e6)).rejects.toMatchObject({ code: "transfer.timeout" });
  });

  test("may take longer than the idle time when it keeps coming", async () => {
    const url = await serve((_, response) => {
      let count = 0;
      const timer = setInterval(() => {
        response.write("x");
        count += 1;
        if (count < 10) return;
        clearInterval(timer);
        response.end();
      }, 60);
    });
    expect(await text(client(), url)).toBe("x".repeat(10));
  });

  test("waits for a slow reader without a timeout", async () => {
    const url = await serve((_, response) => void response.end(Buffer.alloc(2_000_000)));
    const response = await client().request({ method: "GET", url });
    let length = 0;
    for await (const piece of response.body) {
      if (length === 0) await new Promise((resolve) => setTimeout(resolve, 500));
      length += piece.length;
    }
    expect(length).toBe(2_000_000);
  });

  test("that is left early closes the connection", async () => {
    let closed = false;
    const url = await serve((request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(100)), 5);
      request.on("close", () => {
        closed = true;
        clearInterval(timer);
      });
    });
    const response = await client().request({ method: "GET", url });
    for await (const piece of response.body) if (piece.length > 0) break;
    await expect.poll(() => closed).toBe(true);
  });
});
