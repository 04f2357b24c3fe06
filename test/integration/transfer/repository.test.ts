import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { plainMirrors } from "../../../agent/transfer/mirrors.ts";
import { createRepository, type Repository } from "../../../agent/transfer/repository.ts";
import { systemClock } from "../../../host/clock.ts";
import type { HttpClient } from "../../../host/http/types.ts";
import { createHttp } from "../../../host/http.ts";
import { silentLog } from "../../../host/log.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { type MisbehavingServer, misbehavingServer } from "../../testkit/misbehaving-server.ts";

const path = "targets/daily/file.bin";
const content = Buffer.from("0123456789".repeat(1000));
const files = new Map([
  [path, content],
  ["metadata/timestamp.json", Buffer.from("{}")],
  ["elsewhere/file.bin", content],
]);
const codeOf = (code: string): unknown => expect.objectContaining({ code });

let first: MisbehavingServer;
let second: MisbehavingServer;
let http: HttpClient;
let waits: number[];

beforeEach(async () => {
  first = await misbehavingServer(files, "vendor/");
  second = await misbehavingServer(files);
  http = createHttp({
    userAgent: "test",
    timeouts: { connectMs: 2000, idleMs: 600 },
    redirects: "same-origin",
  });
  waits = [];
});
afterEach(async () => {
  http.close();
  await first.close();
  await second.close();
});

function over(...servers: readonly MisbehavingServer[]): Repository {
  const clock = {
    ...systemClock,
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  };
  const urls = servers.map(({ url }) => url);
  return createRepository(http, plainMirrors(urls), { clock, random: () => 0.5, log: silentLog });
}

async function gather(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

const download = (repository: Repository, length = content.length) =>
  repository.download(path, { length }, gather);

describe("a target", () => {
  test("comes from the first mirror, in one request", async () => {
    expect(await download(over(first, second))).toEqual(content);
    expect([first.requests, second.requests]).toEqual([[path], []]);
  });

  test.each([403, 404, 429, 500, 503])("HTTP %i: the next mirror is asked", async (status) => {
    first.misbehave(path, { kind: "status", status });
    expect(await download(over(first, second))).toEqual(content);
  });

  test.each([
    [403, "transfer.status", 3],
    [404, "repository.missing", 1],
    [429, "transfer.status", 3],
    [503, "transfer.status", 3],
  ])("HTTP %i of the only mirror: %s after %i requests", async (status, code, requests) => {
    first.misbehave(path, { kind: "status", status });
    await expect(download(over(first))).rejects.toEqual(codeOf(code));
    expect(first.requests).toHaveLength(requests);
  });

  test("Retry-After is waited for, jitter on top, and bounded", async () => {
    first.misbehave(path, { kind: "status", status: 503, retryAfter: "2" }, 1);
    await download(over(first));
    expect(waits).toEqual([2000 + 125]);
    first.misbehave(path, { kind: "status", status: 503, retryAfter: "15" }, 1);
    await download(over(first));
    expect(waits.at(-1)).toBe(15_000 + 125);
  });

  test("a mirror that wants to be left alone for longer is, and another is asked", async () => {
    first.misbehave(path, { kind: "status", status: 503, retryAfter: "16" });
    await expect(download(over(first))).rejects.toEqual(codeOf("transfer.status"));
    expect([first.requests.length, waits]).toEqual([1, []]);
    expect(await download(over(first, second))).toEqual(content);
  });

  test.each([
    ["that breaks off", { kind: "truncated", after: 0 }, "transfer.truncated"],
    ["that goes silent before its headers", { kind: "silent" }, "transfer.timeout"],
    ["that stalls in the middle", { kind: "stalled" }, "transfer.timeout"],
  ] as const)("one %s is asked again, then named %s", async (_, fault, code) => {
    first.misbehave(path, fault, 1);
    expect(await download(over(first))).toEqual(content);
    first.misbehave(path, fault);
    await expect(download(over(first))).rejects.toEqual(codeOf(code));
  });

  test("a slow but steady body is no fault, however long it takes", async () => {
    first.misbehave(path, { kind: "slow", bytes: 500, pauseMs: 15 });
    expect(await download(over(first))).toEqual(content);
    expect(first.requests).toHaveLength(1);
  });

  test("an endless body is left at its signed length", async () => {
    first.misbehave(path, { kind: "endless" });
    await expect(download(over(first))).rejects.toEqual(codeOf("trust.mismatch"));
    expect(first.sent()).toBeLessThan(20 * content.length);
    expect(first.requests).toHaveLength(1);
  });

  test("a body that ends too early, as if it were whole, is no truth either", async () => {
    first.misbehave(path, { kind: "short", after: 100 });
    await expect(download(over(first))).rejects.toEqual(codeOf("trust.mismatch"));
    expect(await download(over(first, second))).toEqual(content);
  });

  test("a redirect within the mirror is followed, one away from it is not", async () => {
    first.misbehave(path, { kind: "redirect", location: "/vendor/elsewhere/file.bin" }, 1);
    expect(await download(over(first))).toEqual(content);
    first.misbehave(path, { kind: "redirect", location: "/other/file.bin" }, 1);
    await expect(download(over(first))).rejects.toEqual(codeOf("transfer.redirect"));
    first.misbehave(path, { kind: "redirect", location: `${second.url}${path}` }, 1);
    await expect(download(over(first))).rejects.toEqual(codeOf("transfer.redirect"));
    expect(second.requests).toEqual([]);
  });

  test("what the reader cannot write is not the mirrors' fault: none is asked again", async () => {
    const full = new VouchsafeError("disk.full", "No space.");
    const attempt = over(first, second).download(path, { length: content.length }, async (body) => {
      for await (const piece of body) if (piece.length > 0) throw full;
    });
    await expect(attempt).rejects.toBe(full);
    expect([first.requests.length, second.requests.length]).toEqual([1, 0]);
  });

  test("forged bytes tell more than a mirror that is down", async () => {
    first.misbehave(path, { kind: "short", after: 1 });
    await second.close();
    await expect(download(over(first, second))).rejects.toEqual(codeOf("trust.mismatch"));
    second = await misbehavingServer(files);
  });

  test("nobody listens: transfer.unreachable", async () => {
    await first.close();
    await expect(download(over(first))).rejects.toEqual(codeOf("transfer.unreachable"));
    first = await misbehavingServer(files);
  });
});

describe("metadata", () => {
  const get = (repository: Repository, name: string, maxBytes = 100) =>
    repository.metadata.get(`metadata/${name}`, { maxBytes });

  test("the second request is conditional, at the mirror that gave the validators only", async () => {
    const repository = over(first, second);
    const answer = await get(repository, "timestamp.json");
    if (answer.status !== "ok") throw new Error(answer.status);
    expect(answer.serverTime).toBeGreaterThan(0);
    const conditional = answer.validators;
    const again = { maxBytes: 100, conditional };
    expect((await repository.metadata.get("metadata/timestamp.json", again)).status).toBe(
      "unchanged",
    );
    first.misbehave(/timestamp/, { kind: "status", status: 503 });
    expect((await repository.metadata.get("metadata/timestamp.json", again)).status).toBe("ok");
  });

  test.each([
    ["in the second that it was written in: it may change again and look the same", 0, "ok"],
    ["later: it would look different", 1, "unchanged"],
  ])("was fetched %s", async (_, age, status) => {
    const at = Date.parse("2026-01-01T12:00:00Z");
    const date = new Date(at + age * 1000).toUTCString();
    first.stamp({ date, "last-modified": new Date(at).toUTCString() });
    const repository = over(first);
    const answer = await get(repository, "timestamp.json");
    if (answer.status !== "ok") throw new Error(answer.status);
    const again = { maxBytes: 100, conditional: answer.validators };
    const { status: then } = await repository.metadata.get("metadata/timestamp.json", again);
    expect(then).toBe(status);
  });

  test("a 304 that was not asked for is no answer", async () => {
    first.misbehave(/timestamp/, { kind: "status", status: 304 });
    await expect(get(over(first), "timestamp.json")).rejects.toEqual(codeOf("transfer.status"));
  });

  test.each(["3.root.json", "timestamp.json"])("%s that is not there is missing", async (name) => {
    first.misbehave(/metadata/, { kind: "status", status: 404 });
    expect(await get(over(first), name)).toEqual({ status: "missing" });
  });

  test("403 means missing for the next root, and is a refusal for anything else", async () => {
    first.misbehave(/metadata/, { kind: "status", status: 403 });
    expect(await get(over(first), "3.root.json")).toEqual({ status: "missing" });
    await expect(get(over(first), "timestamp.json")).rejects.toEqual(codeOf("transfer.status"));
  });

  test("more than its cap is refused, announced or not", async () => {
    await expect(get(over(first), "timestamp.json", 1)).rejects.toEqual(
      codeOf("transfer.too-large"),
    );
    first.misbehave(/timestamp/, { kind: "endless" });
    await expect(get(over(first), "timestamp.json")).rejects.toEqual(codeOf("transfer.too-large"));
    expect(first.sent()).toBeLessThan(2_000_000);
  });
});
