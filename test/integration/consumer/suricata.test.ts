/** The Suricata consumer against a socket that answers wrongly; the real one has its system test. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { suricataConsumer } from "../../../agent/consumer/suricata/suricata.ts";
import { systemClock } from "../../../host/clock.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { runProcess } from "../../../host/process.ts";

let dir: string;
let path: string;
let server: Server;
const sockets = new Set<Socket>();
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-suricata-"));
  path = join(dir, "command.socket");
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server?.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

const request = z.object({ command: z.string().optional() });
const stats = (loaded: number, failed: number) =>
  ok([{ id: 0, rules_loaded: loaded, rules_failed: failed, rules_skipped: 0 }]);
const time = (at: string) => ok([{ id: 0, last_reload: at }]);
const ok = (message: unknown): string => `${JSON.stringify({ message, return: "OK" })}\n`;
const no = `${JSON.stringify({ message: "Live rule reload already in progress", return: "NOK" })}\n`;

/** Answers each command with what is next on its list; the last one stays. */
async function listen(answers: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const asked: string[] = [];
  const left = new Map(Object.entries(answers).map(([name, list]) => [name, [...list]]));
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    createInterface({ input: socket }).on("line", (line) => {
      const command = request.parse(JSON.parse(line)).command ?? "hello";
      asked.push(command);
      const list = left.get(command) ?? ['{"return":"OK"}\n'];
      socket.write((list.length > 1 ? list.shift() : list[0]) ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return asked;
}

const consumer = (waitMs = 2000) =>
  suricataConsumer(
    {
      type: "suricata",
      socket: path,
      config: "/etc/suricata/suricata.yaml",
      suricata: "/usr/bin/suricata",
      waitMs,
      timeoutMs: 5000,
      memoryBytes: 2 ** 32,
    },
    join(dir, "current"),
    {
      run: runProcess,
      fs: nodeFileSystem,
      uid: process.geteuid?.(),
      clock: systemClock,
      tempDir: dir,
      randomBytes: (count) => Buffer.alloc(count, 7),
    },
  );
const subject = () => ({ database: "ids-rules", version: 3, path: join(dir, "staged") });
const codeOf = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

test("reload and proof: other moment, no rule failed", async () => {
  const asked = await listen({
    "ruleset-stats": [stats(1, 4), stats(2, 0)],
    "ruleset-reload-time": [time("a"), time("b")],
    "reload-rules": [ok("done")],
  });
  const suricata = consumer();
  await suricata.reload(subject());
  await suricata.confirm(subject());
  expect(asked).toEqual([
    "hello",
    "ruleset-stats",
    "ruleset-reload-time",
    "reload-rules",
    "hello",
    "ruleset-stats",
    "ruleset-reload-time",
  ]);
});

test("another reload under way is waited for", async () => {
  const asked = await listen({
    "ruleset-stats": [stats(1, 0)],
    "ruleset-reload-time": [time("a")],
    "reload-rules": [no, ok("done")],
  });
  await consumer().reload(subject());
  expect(asked.filter((command) => command === "reload-rules")).toHaveLength(2);
});

test("one that never reloads is given up after the wait", async () => {
  await listen({ "reload-rules": [no] });
  await expect(consumer(1000).reload(subject())).rejects.toEqual(
    codeOf("consumer.confirm-failed", /does not reload release 3/),
  );
});

test.each([
  ["done, but at no other moment", [stats(2, 0)], [time("a")], /it did not reload/],
  ["done, but a rule failed", [stats(2, 1)], [time("a"), time("b")], /1 rules failed/],
  ["done, but nothing loaded", [stats(0, 0)], [time("a"), time("b")], /loaded no rule/],
  ["statistics that are none", [ok("many")], [time("a"), time("b")], /does not tell its rules/],
])("no proof: %s", async (_, statistics, times, told) => {
  await listen({ "ruleset-stats": statistics, "ruleset-reload-time": times });
  const suricata = consumer();
  await suricata.reload(subject());
  await expect(suricata.confirm(subject())).rejects.toEqual(
    codeOf("consumer.confirm-failed", told),
  );
});

describe("before the switch", () => {
  test("one that is not there defers", async () => {
    server = createServer();
    await expect(consumer().trial(subject())).rejects.toEqual(
      codeOf("consumer.unreachable", /Suricata of ids-rules cannot be asked: ENOENT/),
    );
  });

  test("one that reads its rules elsewhere defers, or it would reload a stale rule set for ever", async () => {
    await listen({ "conf-get": [ok("/etc/suricata/rules")] });
    await expect(consumer().trial(subject())).rejects.toEqual(
      codeOf("consumer.unreachable", /its default-rule-path is not .*current/),
    );
  });

  test.each([
    ["no JSON", "hello\n", /not JSON/],
    ["JSON that is no object", "[]\n", /strange answer/],
    ["a refusal of the version", '{"return":"NOK"}\n', /another version/],
    ["an answer without end", "x".repeat(3_000_000), /exceeds 1048576 bytes/],
  ])("%s in the handshake defers", async (_, answer, told) => {
    await listen({ hello: [answer] });
    await expect(consumer().trial(subject())).rejects.toEqual(codeOf("consumer.unreachable", told));
  });
});
