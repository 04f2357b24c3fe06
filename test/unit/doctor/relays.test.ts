import { describe, expect, test } from "vitest";
import { judgeOrigin, judgeRelays } from "../../../agent/doctor/checks/relays.ts";
import type { ServerFacts } from "../../../agent/doctor/servers.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";

const server: ServerFacts = {
  url: "https://relay.example:8470/",
  choice: { kind: "direct" },
  probe: { ok: true, address: "192.0.2.1" },
  answer: { ok: true, status: 200, tookMs: 5 },
};

describe("relays", () => {
  test("that answer are well, and none is no lack", () => {
    expect(judgeRelays([server])).toMatchObject([{ severity: "ok" }]);
    expect(judgeRelays([])).toMatchObject([{ severity: "ok" }]);
  });

  test("that fail are warnings, for no update depends on them", () => {
    const error = new VouchsafeError("transfer.unreachable", "refused");
    const gone = { ...server, probe: { ok: false, step: "connection", error } } as const;
    expect(judgeRelays([gone, server])).toMatchObject([
      { severity: "warning" },
      { severity: "ok" },
    ]);
  });

  test("that have nothing to hand on are to be looked at themselves", () => {
    const error = new VouchsafeError("repository.missing", "404");
    expect(judgeRelays([{ ...server, answer: { ok: false, error } }])).toMatchObject([
      { severity: "warning", advice: expect.stringContaining("its own updates") },
    ]);
  });
});

test("an origin that had to answer and did not is a warning", () => {
  expect(judgeOrigin(undefined).severity).toBe("ok");
  const answeredAt = "2026-11-24T12:00:00.000Z";
  expect(judgeOrigin({ answeredAt, overdue: false })).toEqual({
    severity: "ok",
    message: `A mirror that is no relay last answered at ${answeredAt}.`,
  });
  expect(judgeOrigin({ answeredAt: null, overdue: true })).toMatchObject({
    severity: "warning",
    message: expect.stringContaining("has never answered"),
  });
});
