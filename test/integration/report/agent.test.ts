import { randomBytes } from "node:crypto";
import { appendFile, chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { consoleHttp, createConsoleClient } from "../../../agent/report/console-http.ts";
import { enroll } from "../../../agent/report/enroll.ts";
import { ensureIdentity, readIdentity } from "../../../agent/report/identity.ts";
import {
  newReportSession,
  type ReportContext,
  recordEvent,
  sendReport,
} from "../../../agent/report/send-report.ts";
import { pendingEvents, spoolCapacity } from "../../../agent/report/spool.ts";
import { makeDirDurable } from "../../../host/directories.ts";
import { nodeFileSystem as fs } from "../../../host/file-system.ts";
import type { HttpClient } from "../../../host/http.ts";
import { silentLog } from "../../../host/log.ts";
import { agentOf } from "../../testkit/console-answers.ts";
import {
  enrol,
  makeEndpoint,
  startTestConsole,
  type TestConsole,
  testClock,
} from "../../testkit/console-fixture.ts";

let stateDir: string;
let watched: TestConsole;
let client: HttpClient;
let context: ReportContext;
const state = { databases: [], lastResult: "current" } as const;
const facts = { hostname: "edge-9", platform: "linux", os: "Debian 12", arch: "x64" };

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "vouchsafe-agent-"));
  watched = await startTestConsole();
  client = createConsoleClient({ userAgent: "vouchsafe-agent/test" });
  context = {
    fs,
    clock: testClock(),
    random: randomBytes,
    http: consoleHttp(client),
    stateDir,
    log: silentLog,
    facts: async () => facts,
    privacy: "plain",
    agentVersion: "0.1.0",
    session: newReportSession(randomBytes),
  };
});
afterEach(async () => {
  client.close();
  await watched[Symbol.asyncDispose]();
  await rm(stateDir, { recursive: true });
});

const enrolHere = async () =>
  enroll(context, { url: watched.origin(), token: `${await watched.token()}\n` });

/** A server that answers every request in one way, and counts. */
async function answering(
  status: number,
  headers: Record<string, string> = {},
): Promise<{ server: Server; port: number; count: () => number }> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    request.resume();
    request.on("end", () => response.writeHead(status, headers).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { server, port, count: () => count };
}

/** Points the enrolment of this agent at another port, as if the console had changed. */
async function redirectTo(port: number): Promise<void> {
  const path = join(stateDir, "keys", "console.json");
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace(watched.origin(), `http://127.0.0.1:${port}`));
}

describe("the identity", () => {
  test("is made once, readable by nobody else, and found again", async () => {
    await makeDirDurable(fs, join(stateDir, "keys"), 0o700);
    const made = await ensureIdentity(fs, join(stateDir, "keys"), randomBytes);
    const again = await ensureIdentity(fs, join(stateDir, "keys"), randomBytes);
    expect(again).toEqual(made);
    const { mode } = await stat(join(stateDir, "keys", "identity.json"));
    expect(mode & 0o777).toBe(0o600);
  });

  test("made by several processes at once is one", async () => {
    await makeDirDurable(fs, join(stateDir, "keys"), 0o700);
    const dir = join(stateDir, "keys");
    const made = await Promise.all(
      Array.from({ length: 8 }, () => ensureIdentity(fs, dir, randomBytes)),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });

  test.each<[string, (path: string) => Promise<void>, string]>([
    ["damaged", (path) => writeFile(path, "{}"), "disk.corrupt"],
    ["of a newer format", (path) => writeFile(path, '{"format":2}'), "format.newer"],
    ["open to others", (path) => chmod(path, 0o644), "disk.permission"],
  ])("that is %s is refused and never replaced", async (_what, damage, code) => {
    const dir = join(stateDir, "keys");
    await makeDirDurable(fs, dir, 0o700);
    await ensureIdentity(fs, dir, randomBytes);
    const path = join(dir, "identity.json");
    await damage(path);
    const before = await readFile(path);
    await expect(ensureIdentity(fs, dir, randomBytes)).rejects.toMatchObject({ code });
    expect(await readFile(path)).toEqual(before);
  });
});

describe("enrolling", () => {
  test("writes the link, and a second time with the same token changes nothing", async () => {
    const token = await watched.token();
    const first = await enroll(context, { url: watched.origin(), token });
    const second = await enroll(context, { url: watched.origin(), token });
    expect([first.already, second.already]).toEqual([false, true]);
    expect(second.agent).toBe(first.agent);
  });

  test("with a new token heals a lost answer: the key is live, and the link is written", async () => {
    await enrolHere();
    await rm(join(stateDir, "keys", "console.json"));
    expect((await enrolHere()).already).toBe(true);
    expect((await sendReport(context, state)).result).toBe("sent");
  });

  test("with a spent token fails, tells why, and leaves no link", async () => {
    const token = await watched.token();
    await enrol(watched.origin(), makeEndpoint("first"), { token });
    const refused = enroll(context, { url: watched.origin(), token });
    await expect(refused).rejects.toMatchObject({
      code: "enrol.refused",
      message: expect.stringContaining("has been used"),
    });
    expect((await sendReport(context, state)).result).toBe("not-enrolled");
  });

  test("with something that is no token, or a console that is not there, says so", async () => {
    const url = watched.origin();
    await expect(enroll(context, { url, token: "secret" })).rejects.toMatchObject({
      code: "usage.input",
    });
    const token = await watched.token();
    const nobody = enroll(context, { url: "http://127.0.0.1:9", token });
    await expect(nobody).rejects.toMatchObject({ code: "transfer.unreachable" });
  });
});

describe("reporting", () => {
  test("before enrolment does nothing", async () => {
    expect(await sendReport(context, state)).toEqual({ result: "not-enrolled" });
  });

  test("shows in the console, and events are delivered once", async () => {
    const { agent } = await enrolHere();
    await recordEvent(context, { kind: "installed", database: "daily", message: "daily 3" });
    const outcome = await sendReport(context, state);
    expect(outcome).toEqual({ result: "sent", nextReportSeconds: 900 });
    expect(await pendingEvents(context)).toEqual([]);
    expect((await sendReport(context, state)).result).toBe("sent");
    const identity = await readIdentity(fs, join(stateDir, "keys"));
    expect(identity?.id).toBe(agent);
    const endpoint = { ...makeEndpoint("any"), id: agent };
    const shown = await agentOf(watched, endpoint);
    expect(shown).toMatchObject({ hostname: "edge-9", state: "ok" });
    expect(shown["events"]).toHaveLength(1);
  });

  test("to a console that is gone is put off, keeps the events, and succeeds later", async () => {
    await enrolHere();
    const { port } = new URL(watched.origin());
    await redirectTo(9);
    await recordEvent(context, { kind: "reverted", database: "daily", message: "back to 2" });
    const outcome = await sendReport(context, state);
    expect(outcome).toMatchObject({ result: "deferred", error: { code: "transfer.unreachable" } });
    expect(await pendingEvents(context)).toHaveLength(1);
    const path = join(stateDir, "keys", "console.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("http://127.0.0.1:9", `http://127.0.0.1:${port}`));
    expect((await sendReport(context, state)).result).toBe("sent");
    expect(await pendingEvents(context)).toEqual([]);
  });

  test.each([429, 503])("obeys Retry-After of a %i, in later processes too", async (status) => {
    await enrolHere();
    const busy = await answering(status, { "retry-after": "120" });
    await redirectTo(busy.port);
    const first = await sendReport(context, state);
    expect(first).toMatchObject({ result: "deferred", error: { code: "transfer.status" } });
    const later = { ...context, session: newReportSession(randomBytes) };
    const second = await sendReport(later, state);
    expect(second.result).toBe("deferred");
    if (second.result === "deferred") {
      expect(second.retryAfterSeconds).toBeGreaterThan(100);
      expect(second.retryAfterSeconds).toBeLessThanOrEqual(132);
    }
    expect(busy.count()).toBe(1);
    busy.server.close();
  });

  test("never follows a redirect with its signature", async () => {
    await enrolHere();
    const target = await answering(200);
    const source = await answering(307, { location: `http://127.0.0.1:${target.port}/` });
    await redirectTo(source.port);
    expect(["deferred", "refused"]).toContain((await sendReport(context, state)).result);
    expect([source.count(), target.count()]).toEqual([1, 0]);
    source.server.close();
    target.server.close();
  });

  test("that the console refuses is an outcome too", async () => {
    await enrolHere();
    const wrong = await answering(401);
    await redirectTo(wrong.port);
    expect(await sendReport(context, state)).toMatchObject({
      result: "refused",
      error: { code: "report.refused" },
    });
    wrong.server.close();
  });

  test("never throws: not with a damaged identity, not with facts that fail", async () => {
    await enrolHere();
    const failing = { ...context, facts: () => Promise.reject(new Error("no facts")) };
    expect((await sendReport(failing, state)).result).toBe("deferred");
    await writeFile(join(stateDir, "keys", "identity.json"), "damaged");
    expect(await sendReport(context, state)).toMatchObject({ error: { code: "disk.corrupt" } });
  });

  test("with a clock far off is refused by the console, in words", async () => {
    await enrolHere();
    const clock = testClock();
    clock.advance(-86_400_000);
    const outcome = await sendReport({ ...context, clock }, state);
    expect(outcome).toMatchObject({ result: "refused" });
    if (outcome.result === "refused") expect(outcome.error.message).toContain("clock");
  });
});

describe("the spool", () => {
  test("replaces a line that a crash cut short by a gap, and goes on", async () => {
    await recordEvent(context, { kind: "installed", message: "one" });
    await appendFile(join(stateDir, "spool", "events.ndjson"), '{"format":1,"id":"0123');
    await recordEvent(context, { kind: "installed", message: "two" });
    const kinds = (await pendingEvents(context)).map(({ kind, message }) => `${kind} ${message}`);
    expect(kinds).toEqual(["gap 1 events were damaged.", "installed one", "installed two"]);
  });

  test("never grows beyond its capacity", async () => {
    const path = join(stateDir, "spool", "events.ndjson");
    await recordEvent(context, { kind: "failed", message: "again and again" });
    await writeFile(path, (await readFile(path, "utf8")).repeat(spoolCapacity));
    await recordEvent(context, { kind: "failed", message: "one too many" });
    const lines = (await readFile(path, "utf8")).trim().split("\n");
    expect(lines).toHaveLength(spoolCapacity / 2 + 1);
    expect(lines.at(-1)).toContain("one too many");
    const [gap] = await pendingEvents(context);
    expect(gap).toMatchObject({ kind: "gap", lost: spoolCapacity / 2 + 1 });
  });

  test("takes events from several writers at once without losing one", async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        recordEvent(context, { kind: "installed", message: `${n}` }),
      ),
    );
    const messages = (await pendingEvents(context)).map(({ message }) => message);
    expect(messages.toSorted()).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  });
});
