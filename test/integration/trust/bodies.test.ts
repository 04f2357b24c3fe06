/** Bodies that hurt, for each role, from a real server through the real HTTP client. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { plainMirrors } from "../../../agent/transfer/mirrors.ts";
import { createRepository } from "../../../agent/transfer/repository.ts";
import { systemClock } from "../../../host/clock.ts";
import type { HttpClient } from "../../../host/http/types.ts";
import { createHttp } from "../../../host/http.ts";
import { silentLog } from "../../../host/log.ts";
import { limits } from "../../../protocol/tuf/limits.ts";
import {
  type Fault,
  type MisbehavingServer,
  misbehavingServer,
} from "../../testkit/misbehaving-server.ts";
import { codeOf, trustFixture } from "../../testkit/trust-fixture.ts";

const at = trustFixture();
let server: MisbehavingServer;
let elsewhere: MisbehavingServer;
let http: HttpClient;
let clock = systemClock;

beforeEach(async () => {
  await at.publisher.rotateRoot();
  at.publisher.release("daily", { "main.txt": "two" });
  await at.publisher.publish();
  server = await misbehavingServer(at.publisher.files, "vendor/");
  elsewhere = await misbehavingServer(at.publisher.files, "vendor/");
  http = createHttp({
    userAgent: "test",
    timeouts: { connectMs: 2000, idleMs: 150 },
    redirects: "same-origin",
  });
  clock = { ...systemClock, sleep: async () => {} };
});
afterEach(async () => {
  http.close();
  await server.close();
  await elsewhere.close();
});

async function check(): Promise<number> {
  const ports = { clock, random: () => 0.5, log: silentLog };
  const { metadata } = createRepository(http, plainMirrors([server.url]), ports);
  const trust = await at.open({ fetcher: metadata });
  await trust.refresh();
  return (await trust.release("daily")).version;
}

/** Each role's file, and the most that may be read of it: its limit, or its signed length. */
const roles = [
  ["root", "metadata/2.root.json", limits.rootBytes],
  ["timestamp", "metadata/timestamp.json", limits.timestampBytes],
  ["snapshot", "metadata/2.snapshot.json", 4096],
  ["targets", "metadata/2.targets.json", 4096],
  ["a database", "metadata/2.daily.json", 4096],
] as const;

test("without a fault the check succeeds, so that what follows is the fault's doing", async () => {
  expect(await check()).toBe(2);
});

describe.each(roles)("%s", (_role, path, cap) => {
  const refusedAs = async (fault: Fault, code: string): Promise<void> => {
    server.misbehave(path, fault);
    await expect(check()).rejects.toThrow(codeOf(code));
    expect(server.requests).toContain(path);
  };

  test("that never ends is cut off at its cap", async () => {
    await refusedAs({ kind: "endless" }, "transfer.too-large");
    expect(server.sent()).toBeLessThan(cap + 400_000); // what lies in socket buffers counts too
  });

  test("that announces more than its cap is not even begun", async () => {
    await refusedAs({ kind: "instead", bytes: Buffer.alloc(cap + 1, " ") }, "transfer.too-large");
  });

  test("that stalls, or never begins, is given up", async () => {
    await refusedAs({ kind: "stalled" }, "transfer.timeout");
    server.behave();
    await refusedAs({ kind: "silent" }, "transfer.timeout");
  });

  test("that trickles is given up, though it is never silent", async () => {
    let ms = 0;
    clock = { ...clock, monotonicMs: () => (ms += 40_000) };
    await refusedAs({ kind: "slow", bytes: 16, pauseMs: 2 }, "transfer.timeout");
  });

  test("that redirects off the mirror is not followed", async () => {
    await refusedAs({ kind: "redirect", location: `${elsewhere.url}${path}` }, "transfer.redirect");
    await refusedAs({ kind: "redirect", location: `../other/${path}` }, "transfer.redirect");
    expect(elsewhere.requests).toEqual([]);
  });

  test("heals when the mirror does", async () => {
    await refusedAs(
      { kind: "short", after: 10 },
      path.includes("root") || path.includes("timestamp") ? "trust.format" : "trust.mismatch",
    );
    server.behave();
    expect(await check()).toBe(2);
  });
});
