/** The ClamAV consumer against sockets that answer wrongly; the real clamd has its system test. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClamavConsumer } from "../../../agent/config/types.ts";
import { clamavConsumer } from "../../../agent/consumer/clamav/clamav.ts";
import { systemClock } from "../../../host/clock.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { runProcess } from "../../../host/process.ts";
import { asSha256 } from "../../../protocol/bytes.ts";
import { canaryName, canaryText } from "../../../protocol/release/canary.ts";

const repository = asSha256("ab".repeat(32));
let dir: string;
let path: string;
let server: Server;
const sockets = new Set<Socket>();
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-clamd-"));
  path = join(dir, "clamd.ctl");
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server?.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

/** Listens, and answers each connection's bytes with what the script says next. */
async function listen(answers: readonly (string | null)[]): Promise<string[]> {
  const asked: string[] = [];
  const left = [...answers];
  server = createServer((socket) => {
    sockets.add(socket);
    socket
      .on("error", () => undefined)
      .once("data", (bytes) => {
        asked.push(bytes.toString("latin1"));
        const answer = left.length > 1 ? left.shift() : left[0];
        if (typeof answer === "string") socket.end(answer);
      });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return asked;
}

const consumerWith = (more: Partial<ClamavConsumer> = {}) =>
  clamavConsumer(
    {
      type: "clamav",
      clamd: { path },
      clamscan: "/usr/bin/clamscan",
      waitMs: 1500,
      timeoutMs: 5000,
      memoryBytes: 2 ** 32,
      samples: { infected: [], clean: [] },
      ...more,
    },
    join(dir, "current"),
    {
      run: runProcess,
      fs: nodeFileSystem,
      uid: process.geteuid?.(),
      clock: systemClock,
      repository: async () => repository,
    },
  );
const subject = () => ({ database: "daily", version: 3, path: dir });
const of = { repository, database: "daily", version: 3 };
const found = `stream: ${canaryName(of)}.UNOFFICIAL FOUND\0`;
const codeOf = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe("reload", () => {
  test("asks once, and takes RELOADING", async () => {
    const asked = await listen(["RELOADING\0"]);
    await consumerWith().reload(subject());
    expect(asked).toEqual(["zRELOAD\0"]);
  });

  test.each([
    ["another answer", "UNKNOWN COMMAND\0", /something else than RELOADING/],
    ["no answer at all", "", /hung up without an answer/],
    ["an answer without end", "R".repeat(100_000), /exceeds 4096 bytes/],
  ])("%s says nothing of the release", async (_, answer, told) => {
    await listen([answer]);
    await expect(consumerWith().reload(subject())).rejects.toEqual(
      codeOf("consumer.unreachable", told),
    );
  });
});

describe("proof of load", () => {
  test("asks for the canary of this release until it is found", async () => {
    const asked = await listen(["stream: OK\0", "stream: OK\0", found]);
    await consumerWith().confirm(subject());
    expect(asked).toHaveLength(3);
    expect(asked[0]).toContain(canaryText(of));
  });

  test.each([
    ["never found", "stream: OK\0", /within 1\.5 s: its canary is not found/],
    ["taken for something else", "stream: Win.Test FOUND\0", /taken for Win\.Test/],
    [
      "that of another release",
      found.replace("daily.3", "daily.2"),
      /taken for Vouchsafe\.Canary\.daily\.2/,
    ],
    ["an error", "INSTREAM size limit exceeded. ERROR\0", /clamd answers: INSTREAM size/],
  ])("gives up: %s", async (_, answer, told) => {
    await listen([answer]);
    await expect(consumerWith().confirm(subject())).rejects.toEqual(
      codeOf("consumer.confirm-failed", told),
    );
  });

  test("a clamd that takes the stream and says nothing is no proof, within the wait", async () => {
    await listen([null]);
    const begun = performance.now();
    await expect(consumerWith().confirm(subject())).rejects.toEqual(
      codeOf("consumer.unreachable", /no answer within/),
    );
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test("an abort ends the wait and is passed on", async () => {
    await listen(["stream: OK\0"]);
    const stop = new AbortController();
    const asked = consumerWith({ waitMs: 60_000 }).confirm(subject(), stop.signal);
    setTimeout(() => stop.abort(new Error("stopped")), 50);
    await expect(asked).rejects.toThrow("stopped");
  });
});

describe("trial", () => {
  test("a clamd that is not there defers", async () => {
    server = createServer();
    symlinkSync(dir, join(dir, "current"));
    await expect(consumerWith().trial(subject())).rejects.toEqual(
      codeOf("consumer.unreachable", /clamd of daily cannot be asked: ENOENT/),
    );
  });

  test("before the first installation clamd need not be there", async () => {
    server = createServer();
    await expect(consumerWith().trial(subject())).rejects.toEqual(
      codeOf("consumer.trial-failed", /has no canary/),
    );
  });

  test("a release without canary is refused", async () => {
    await listen(["PONG\0"]);
    await expect(consumerWith().trial(subject())).rejects.toEqual(
      codeOf("consumer.trial-failed", /has no canary/),
    );
  });

  test.each([
    ["clamscan", { clamscan: "/nonexistent/clamscan" }],
    ["a sample", { samples: { infected: [], clean: ["/nonexistent/sample"] } }],
  ])("%s that is not there defers: the release is not at fault", async (_, more) => {
    await listen(["PONG\0"]);
    writeFileSync(join(dir, "zz-vouchsafe-canary.hdb"), "");
    await expect(consumerWith(more).trial(subject())).rejects.toEqual(
      codeOf("consumer.unreachable", /\/nonexistent\//),
    );
  });
});
