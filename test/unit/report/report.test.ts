import { describe, expect, test } from "vitest";
import { secondsLeft, withJitter } from "../../../agent/report/backoff.ts";
import { buildReport, hostnamePseudonym } from "../../../agent/report/build-report.ts";
import { cleanText } from "../../../agent/report/clean-text.ts";
import { retryAfterSeconds } from "../../../agent/report/client.ts";
import { consoleOrigin } from "../../../agent/report/console-link.ts";
import { systemFacts } from "../../../agent/report/facts.ts";
import { boundEvents } from "../../../agent/report/spool.ts";
import { systemClock } from "../../../host/clock.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { ed25519PublicKey } from "../../../protocol/ed25519.ts";
import { agentIdOf } from "../../../protocol/report/identity.ts";
import {
  parseStatusReport,
  type ReportedDatabase,
  type ReportedEvent,
} from "../../../protocol/report/status-report.ts";

const seed = Buffer.alloc(32, 5);
const publicKey = ed25519PublicKey(seed);
const identity = { id: agentIdOf(publicKey), publicKey, seed };
const facts = { hostname: "mail-2", platform: "linux", os: "Debian 12", arch: "x64" };
const now = new Date("2026-11-24T12:00:00Z");
const parts = {
  identity,
  boot: "b".repeat(32),
  seq: 1,
  now,
  facts,
  agentVersion: "0.1.0",
  privacy: "plain",
  state: { databases: [], lastResult: null },
  events: [],
} as const;

const event = (n: number): ReportedEvent => ({
  id: String(n).padStart(32, "0"),
  at: now.toISOString(),
  kind: "installed",
  message: `event ${n}`,
});

describe("a report", () => {
  test("tells the host's name, a pseudonym or nothing, as the operator wants", () => {
    expect(buildReport(parts).host).toMatchObject({ hostname: "mail-2" });
    const hashed = buildReport({ ...parts, privacy: "hash" }).host;
    expect(hashed.hostname).toBeUndefined();
    expect(hashed.hostnameHash).toMatch(/^[0-9a-f]{16}$/);
    const none = buildReport({ ...parts, privacy: "none" }).host;
    expect([none.hostname, none.hostnameHash]).toEqual([undefined, undefined]);
    expect(JSON.stringify(buildReport({ ...parts, privacy: "hash" }))).not.toContain("mail-2");
  });

  test("a pseudonym is stable for one key and differs for another", () => {
    expect(hostnamePseudonym(seed, "h")).toBe(hostnamePseudonym(seed, "h"));
    expect(hostnamePseudonym(seed, "h")).not.toBe(hostnamePseudonym(Buffer.alloc(32, 6), "h"));
  });

  test("is one that the console accepts, whatever the state holds", () => {
    const database: ReportedDatabase = {
      name: "daily",
      release: { version: 1, label: `a\u0000b${"x".repeat(500)}`, digest: sha256("r") },
      installedAt: null,
      lastCheckAt: null,
      lastResult: "failed",
      error: { code: "disk.full", message: `line\nline\u202e${"y".repeat(5_000)}\ud800` },
    };
    const report = buildReport({
      ...parts,
      state: { databases: Array.from({ length: 300 }, () => database), lastResult: "failed" },
      events: Array.from({ length: 100 }, (_, n) => event(n)),
    });
    expect(report.databases).toHaveLength(256);
    const bytes = Buffer.from(JSON.stringify(report));
    expect(bytes.length).toBeLessThanOrEqual(262_144);
    expect(parseStatusReport(bytes)).toEqual(report);
  });

  test("tells the interval in whole seconds, at least one", () => {
    const told = (intervalSeconds: number) =>
      buildReport({ ...parts, state: { ...parts.state, intervalSeconds } }).intervalSeconds;
    expect([told(0.2), told(90.4), told(1e12)]).toEqual([1, 90, 31_536_000]);
    expect(buildReport(parts)).not.toHaveProperty("intervalSeconds");
  });

  test("carries the oldest events, as many as it takes", () => {
    const events = Array.from({ length: 100 }, (_, n) => event(n));
    const report = buildReport({ ...parts, events });
    expect(report.events).toEqual(events.slice(0, 64));
  });

  test("a text is never empty, never long, never with control characters", () => {
    expect(cleanText("", 5)).toBe("-");
    expect(cleanText("\n\t", 5)).toBe("-");
    expect(cleanText("a\r\nb", 5)).toBe("a b");
    expect(cleanText("abcdefgh", 5)).toBe("abcde");
  });
});

describe("facts about the host", () => {
  test("come with the system's name", async () => {
    const { os, arch } = await systemFacts(systemClock, async () => "Test OS 1");
    expect([os, arch]).toEqual(["Test OS 1", process.arch]);
  });

  test("do without it when the source hangs, rejects or throws", async () => {
    const hang = (): Promise<string> => new Promise(() => {});
    const start = performance.now();
    const hung = await systemFacts(systemClock, hang, 50);
    expect(performance.now() - start).toBeLessThan(2_000);
    const rejected = await systemFacts(systemClock, () => Promise.reject(new Error("no")));
    const thrown = await systemFacts(systemClock, () => {
      throw new Error("no");
    });
    for (const { os } of [hung, rejected, thrown]) expect(os.length).toBeGreaterThan(0);
  });
});

describe("the spool's bound", () => {
  test("keeps everything up to its capacity", () => {
    const events = Array.from({ length: 8 }, (_, n) => event(n));
    expect(boundEvents(events, 8, "g".repeat(32))).toBe(events);
  });

  test("beyond it the oldest half becomes one gap that counts what was lost", () => {
    const events = Array.from({ length: 9 }, (_, n) => event(n));
    const [gap, ...rest] = boundEvents(events, 8, "g".repeat(32));
    expect(gap).toMatchObject({ kind: "gap", lost: 5, id: "g".repeat(32) });
    expect(rest).toEqual(events.slice(5));
  });

  test("a gap that is lost again keeps its count", () => {
    let events: readonly ReportedEvent[] = [];
    for (let n = 0; n < 100; n += 1) {
      events = boundEvents([...events, event(n)], 8, String(n).padStart(32, "f"));
    }
    const kept = events.filter(({ kind }) => kind !== "gap").length;
    const lost = events.reduce((sum, { lost: count = 0 }) => sum + count, 0);
    expect(kept + lost).toBe(100);
    expect(events.length).toBeLessThanOrEqual(8);
  });
});

describe("delays that a console asks for", () => {
  test.each([
    ["30", 30],
    ["0", 1],
    ["86400", 3_600],
    ["99999999999", undefined],
    ["soon", undefined],
    ["-5", undefined],
    ["Tue, 24 Nov 2026 12:00:42 GMT", 42],
    ["Tue, 24 Nov 2026 11:00:00 GMT", 1],
    ["Wed, 25 Nov 2026 12:00:00 GMT", 3_600],
  ])("Retry-After: %s", (field, seconds) => expect(retryAfterSeconds(field, now)).toBe(seconds));

  test("are not believed when the clock has jumped", () => {
    const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
    expect(secondsLeft(at(60), now)).toBe(60);
    expect(secondsLeft(at(-60), now)).toBe(0);
    expect(secondsLeft(at(3_601), now)).toBe(0);
  });

  test("get up to a tenth more, so that a fleet does not return at once", () => {
    expect(withJitter(600, () => Buffer.from([0]))).toBe(600);
    expect(withJitter(600, () => Buffer.from([255]))).toBe(659);
  });
});

describe("the console's address", () => {
  test("is reduced to its origin", () => {
    expect(consoleOrigin("https://Console.Example.com:443/")).toBe("https://console.example.com");
    expect(consoleOrigin("http://127.0.0.1:8740")).toBe("http://127.0.0.1:8740");
  });

  test.each([
    "console.example.com",
    "http://console.example.com",
    "https://u:p@console.example.com",
    "https://console.example.com/path",
    "https://console.example.com/?q",
    "file:///etc/passwd",
  ])("%s is refused", (text) => {
    expect(() => consoleOrigin(text)).toThrow(expect.objectContaining({ code: "usage.input" }));
  });
});
