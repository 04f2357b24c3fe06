import { zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { plainMirrors } from "../../../agent/transfer/mirrors.ts";
import { createRepository } from "../../../agent/transfer/repository.ts";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { systemClock } from "../../../host/clock.ts";
import type { HttpClient } from "../../../host/http/types.ts";
import { createHttp } from "../../../host/http.ts";
import { silentLog } from "../../../host/log.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import {
  type Fault,
  type MisbehavingServer,
  misbehavingServer,
} from "../../testkit/misbehaving-server.ts";

let engine: EngineFixture;
let server: MisbehavingServer;
let http: HttpClient;

beforeEach(async () => {
  engine = await engineFixture();
  server = await misbehavingServer(engine.publisher.files);
  http = createHttp({
    userAgent: "test",
    timeouts: { connectMs: 2000, idleMs: 200 },
    redirects: "same-origin",
  });
  await engine.publish({ "main.txt": "one".repeat(1000), "raw.txt": "1" });
  expect((await update()).result).toBe("updated");
  await engine.publish({ "main.txt": "two".repeat(1000), "raw.txt": "2" });
});
afterEach(async () => {
  http.close();
  await server.close();
  await engine.remove();
});

const update = () =>
  engine.update({
    repository: createRepository(http, plainMirrors([server.url]), {
      clock: { ...systemClock, sleep: async () => undefined },
      random: Math.random,
      log: silentLog,
    }),
  });

async function expectKept(code: string, exitCode: number): Promise<void> {
  const outcome = await update();
  expect(outcome.databases[0]?.error?.code).toBe(code);
  expect(exitCodeOfOutcome(outcome)).toBe(exitCode);
  expect(engine.read("main.txt")).toBe("one".repeat(1000));
  expect(engine.leftovers()).toEqual([]);
  server.behave();
  expect((await update()).result).toBe("updated");
  expect(engine.read("main.txt")).toBe("two".repeat(1000));
}

const everyMain = /main\.txt/;
const zstMain = /main\.txt\.zst$/;

test.each<[string, Fault, string, number]>([
  ["a flipped byte", { kind: "wrong-bytes" }, "trust.mismatch", 3],
  ["an endless body", { kind: "endless" }, "trust.mismatch", 3],
  ["a body that is too short", { kind: "short", after: 10 }, "trust.mismatch", 3],
  [
    "a captive portal's page",
    { kind: "instead", bytes: Buffer.from("<html>") },
    "trust.mismatch",
    3,
  ],
  ["a body that breaks off", { kind: "truncated", after: 0 }, "transfer.truncated", 4],
  ["silence", { kind: "silent" }, "transfer.timeout", 4],
  ["403", { kind: "status", status: 403 }, "transfer.status", 4],
  ["404", { kind: "status", status: 404 }, "repository.missing", 4],
  ["503", { kind: "status", status: 503 }, "transfer.status", 4],
  [
    "a redirect away",
    { kind: "redirect", location: "http://localhost:1/" },
    "transfer.redirect",
    4,
  ],
])(
  "%s: the old generation stays, nothing is left over, the next run succeeds",
  async (_, fault, code, exit) => {
    server.misbehave(everyMain, fault);
    await expectKept(code, exit);
  },
);

describe("a zstd encoding of no use falls back to the whole file, and is reported", () => {
  const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024));
  test.each<[string, Fault]>([
    ["damaged", { kind: "wrong-bytes" }],
    ["missing", { kind: "status", status: 404 }],
    ["not zstd at all", { kind: "instead", bytes: Buffer.from("no zstd") }],
    [
      "of other content",
      { kind: "instead", bytes: zstdCompressSync(Buffer.from("two".repeat(999))) },
    ],
    ["a bomb", { kind: "instead", bytes: bomb }],
  ])("%s", async (_, fault) => {
    server.misbehave(zstMain, fault);
    const outcome = await update();
    expect(outcome).toMatchObject({ result: "updated" });
    expect(outcome.databases[0]?.notes?.join()).toContain("zstd encoding of main.txt");
    expect(engine.read("main.txt")).toBe("two".repeat(1000));
  });
});

test("a bomb of exactly the signed encoded length stops at the signed decoded length", async () => {
  // Signed lengths are those of the bomb's encoding; only the decoded length gives it away.
  const bomb = zstdCompressSync(Buffer.alloc(256 * 1024 * 1024));
  engine.publisher.release(
    "daily",
    { "main.txt": Buffer.alloc(100_000) },
    {
      targets: (targets) => {
        for (const [path, target] of targets) {
          targets.set(path, { ...target, custom: { zst: bomb.length } });
        }
      },
    },
  );
  await engine.publisher.publish();
  server.misbehave(zstMain, { kind: "instead", bytes: bomb });
  server.misbehave(/main\.txt$/, { kind: "status", status: 404 });
  const before = process.memoryUsage().arrayBuffers;
  const outcome = await update();
  expect(outcome.databases[0]?.result).toBe("failed");
  expect(outcome.databases[0]?.notes?.join()).toContain("beyond its signed 100000 bytes");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
});

test("stale files: an old timestamp served again changes nothing", async () => {
  const old = new Map(engine.publisher.files);
  expect((await update()).result).toBe("updated");
  await engine.publish({ "main.txt": "three" });
  expect((await update()).result).toBe("updated");
  for (const [path, bytes] of old) engine.publisher.files.set(path, bytes);
  const outcome = await update();
  expect(outcome).toMatchObject({ result: "refused", error: { code: "trust.rollback" } });
  expect(engine.read("main.txt")).toBe("three");
});

test("a check that finds nothing is one request", async () => {
  await update();
  const before = server.requests.length;
  expect((await update()).result).toBe("current");
  expect(server.requests.slice(before)).toEqual(["metadata/timestamp.json"]);
});
