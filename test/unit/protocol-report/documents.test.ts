import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { ed25519PublicKey } from "../../../protocol/ed25519.ts";
import { parseReportAnswer } from "../../../protocol/report/answer.ts";
import {
  enrolmentToken,
  isEnrolmentToken,
  makeEnrolment,
  parseEnrolment,
  tokenHash,
  verifyEnrolment,
} from "../../../protocol/report/enrolment.ts";
import { agentIdOf, parseSeq, reportPath } from "../../../protocol/report/identity.ts";
import { parseStatusReport } from "../../../protocol/report/status-report.ts";

const seed = createHash("sha256").update("documents").digest();
const publicKey = ed25519PublicKey(seed);
const id = agentIdOf(publicKey);
const token = enrolmentToken(Buffer.alloc(32, 7));
const parts = {
  token,
  nonce: "n".repeat(24),
  origin: "https://console.example.com",
  publicKey: Buffer.from(publicKey).toString("hex"),
};
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe("an agent's id", () => {
  test("is the first 32 hex characters of its public key's SHA-256", () => {
    expect(id).toBe(sha256(publicKey).slice(0, 32));
  });

  test("names the address of its reports", () => {
    expect(reportPath(id, "b".repeat(32), 7)).toBe(`/v1/agents/${id}/reports/${"b".repeat(32)}/7`);
  });

  test.each(["0", "01", "-1", "1.5", "1e3", "", "9007199254740992", "x"])(
    "%s is no number of a report",
    (text) => expect(parseSeq(text)).toBeUndefined(),
  );
});

describe("an enrolment", () => {
  test("survives its journey and proves the key", () => {
    const request = makeEnrolment(parts, seed);
    expect(parseEnrolment(bytes(request))).toEqual(request);
    expect(verifyEnrolment(request)).toBe(id);
  });

  test.each([
    ["nonce", { nonce: "m".repeat(24) }],
    ["token", { token: enrolmentToken(Buffer.alloc(32, 8)) }],
    ["origin", { origin: "https://other.example.com" }],
    ["key", { publicKey: Buffer.from(ed25519PublicKey(Buffer.alloc(32, 9))).toString("hex") }],
  ])("with another %s than was signed proves nothing", (_what, change) => {
    const request = { ...makeEnrolment(parts, seed), ...change };
    expect(() => verifyEnrolment(request)).toThrow(/proof/);
  });

  test.each([
    ["token", "vst_short"],
    ["publicKey", "AB"],
    ["nonce", "a b"],
    ["origin", "https://console.example.com/path"],
    ["origin", "javascript:alert(1)"],
    ["proof", "00"],
    ["format", 0],
  ])("with a malformed %s is refused by that name", (key, value) => {
    const request = { ...makeEnrolment(parts, seed), [key]: value };
    expect(() => parseEnrolment(bytes(request))).toThrow(`"${key}"`);
  });

  test("of a newer format is told apart", () => {
    const request = { ...makeEnrolment(parts, seed), format: 2 };
    expect(() => parseEnrolment(bytes(request))).toThrow(
      expect.objectContaining({ code: "format.newer" }),
    );
  });

  test("a token is recognised by its form and stored by a hash that is not its plain SHA-256", () => {
    expect(isEnrolmentToken(token)).toBe(true);
    expect(isEnrolmentToken(`${token}x`)).toBe(false);
    expect(tokenHash(token)).not.toBe(sha256(token));
  });
});

const digest = sha256("release");
const database = {
  name: "daily",
  release: { version: 3, label: "2025-04-11", digest },
  installedAt: "2026-11-24T09:00:00Z",
  lastCheckAt: "2026-11-24T09:00:00.123Z",
  lastResult: "current",
};
const report = {
  format: 1,
  agent: id,
  boot: "b".repeat(32),
  seq: 1,
  sentAt: "2026-11-24T09:00:00Z",
  host: { hostname: "h", platform: "linux", os: "Debian 12", arch: "x64", version: "0.1.0" },
  databases: [database],
  lastResult: "current",
  intervalSeconds: 3_600,
  events: [{ id: "e".repeat(32), at: "2026-11-24T09:00:00Z", kind: "installed", message: "m" }],
  checkpoint: "origin\n1\nhash\n\n— signature\n",
  historyHead: { size: 4, sha256: digest },
};

describe("a status report", () => {
  test("is read as it was written", () => {
    expect(parseStatusReport(bytes(report))).toEqual(report);
  });

  test("may say that nothing is installed and nothing was checked yet", () => {
    const nothing = { release: null, installedAt: null, lastCheckAt: null, lastResult: null };
    const { databases } = parseStatusReport(
      bytes({ ...report, databases: [{ ...database, ...nothing }], lastResult: null }),
    );
    expect(databases[0]).toMatchObject(nothing);
  });

  test("keeps nothing that format 1 does not know", () => {
    const text = JSON.stringify(report).replace("{", '{"__proto__":{"x":1},"extra":1,');
    const parsed = parseStatusReport(Buffer.from(text));
    expect(parsed).toEqual(report);
  });

  const bad: readonly (readonly [string, unknown])[] = [
    ["agent", "short"],
    ["boot", "B".repeat(32)],
    ["seq", 0],
    ["seq", 1.5],
    ["sentAt", "yesterday"],
    ["sentAt", "2026-13-45T00:00:00Z"],
    ["host", null],
    ["databases", {}],
    ["databases", ["daily"]],
    ["databases", Array.from({ length: 257 }, () => database)],
    ["events", Array.from({ length: 65 }, () => report.events[0])],
    ["lastResult", "splendid"],
    ["checkpoint", "x".repeat(16_385)],
    ["intervalSeconds", 0],
  ];
  test.each(bad)("with a bad %s (%#) is refused by that name", (key, value) => {
    expect(() => parseStatusReport(bytes({ ...report, [key]: value }))).toThrow(`"${key}"`);
  });

  test.each([
    ["a control character", "a\u0007b"],
    ["a line break", "a\nb"],
    ["a right-to-left override", "a\u202eb"],
    ["half a character", "a\ud800"],
    ["nothing", ""],
    ["257 characters", "x".repeat(257)],
  ])("with %s in the host's name is refused", (_what, hostname) => {
    const changed = { ...report, host: { ...report.host, hostname } };
    expect(() => parseStatusReport(bytes(changed))).toThrow('"hostname"');
  });

  test.each(["Daily", "../x", "", "-a", "a".repeat(42)])(
    "with a database called %j is refused",
    (name) => {
      const changed = { ...report, databases: [{ ...database, name }] };
      expect(() => parseStatusReport(bytes(changed))).toThrow('"name"');
    },
  );

  test.each([
    ["not JSON", Buffer.from("{")],
    ["an array", Buffer.from("[]")],
    ["not UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
    ["larger than 256 KiB", bytes({ ...report, pad: "x".repeat(262_144) })],
  ])("that is %s is refused", (_what, document) => {
    expect(() => parseStatusReport(document)).toThrow(
      expect.objectContaining({ code: "usage.input" }),
    );
  });
});

describe("the console's answer", () => {
  const answer = {
    format: 1,
    acknowledged: { boot: "b".repeat(32), seq: 2 },
    nextReportSeconds: 60,
  };

  test("is read, whatever else it holds", () => {
    expect(parseReportAnswer(bytes({ ...answer, commands: [] }))).toEqual(answer);
  });

  test("never delays an agent by more than an hour, nor makes it spin", () => {
    const asked = (nextReportSeconds: number): number =>
      parseReportAnswer(bytes({ ...answer, nextReportSeconds })).nextReportSeconds;
    expect(asked(86_400)).toBe(3_600);
    expect(asked(0)).toBe(1);
  });
});
