import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CountingServer, startCountingServer } from "../../../bench/counting-server.ts";
import { measureProcess } from "../../../bench/measure-process.ts";

const runScript = (script: string) =>
  measureProcess({ program: process.execPath, args: ["-e", script] });

describe("measuring a process", () => {
  test("sees the memory and the CPU time it uses", async () => {
    const small = await runScript("0");
    const large = await runScript(
      "Buffer.alloc(150e6, 1); const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end);",
    );
    expect(large.peakRssBytes - small.peakRssBytes).toBeGreaterThan(140e6);
    expect(large.cpuMs - small.cpuMs).toBeGreaterThan(200);
    expect(large.wallMs).toBeGreaterThan(small.wallMs);
  });

  test("hands back what it printed", async () => {
    expect((await runScript("console.log('hello')")).stdout).toBe("hello\n");
  });

  test("refuses a process that fails, and tells what it said", async () => {
    await expect(runScript("console.error('no luck'); process.exit(3)")).rejects.toThrow(
      /ended with 3: no luck/,
    );
  });
});

describe("the counting server", () => {
  let folder = "";
  let server: CountingServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vouchsafe-bench-test-"));
    await writeFile(join(folder, "a.txt"), "x".repeat(1000));
    server = await startCountingServer(folder);
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  test("counts requests and all bytes it sends, headers included", async () => {
    server.reset();
    const response = await fetch(`${server.url}a.txt`, { headers: { connection: "close" } });
    expect((await response.text()).length).toBe(1000);
    const { requests, bytes } = server.traffic();
    expect(requests).toBe(1);
    expect(bytes).toBeGreaterThan(1100);
    expect(bytes).toBeLessThan(1400);
  });

  test("answers a conditional request without a body", async () => {
    const first = await fetch(`${server.url}a.txt`);
    await first.arrayBuffer();
    const etag = first.headers.get("etag") ?? "";
    const again = await fetch(`${server.url}a.txt`, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
  });

  test("serves nothing outside its folder", async () => {
    const outside = await fetch(`${server.url}..%2f..%2fetc%2fpasswd`);
    expect(outside.status).toBe(404);
  });
});
