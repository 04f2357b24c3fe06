import { describe, expect, test } from "vitest";
import { eventIds, messageIds } from "../../../agent/daemon/message-ids.ts";
import {
  type EventLog,
  eventText,
  withEvents,
} from "../../../agent/platform/windows/service/event-log.ts";
import { type Log, silentLog } from "../../../host/log.ts";

function heard() {
  const told: string[] = [];
  const written: string[] = [];
  const events: EventLog = {
    report: (kind, id, text) => told.push(`${kind} ${id} ${text}`) > 0,
  };
  const log: Log = { ...silentLog, info: (message) => void written.push(message) };
  return { told, written, log: withEvents(log, events, { "update ended": 200, refused: 202 }) };
}

describe("an entry of the log", () => {
  test("with an id is an event too, with its fields; any other is none", () => {
    const { log, told, written } = heard();
    log.info("update ended", { database: "daily", to: "42" });
    log.info("looked around");
    log.error("refused", { code: "trust.signature" });
    log.warn("constructor");
    expect(told).toEqual([
      "information 200 update ended database=daily to=42",
      "error 202 refused code=trust.signature",
    ]);
    expect(written).toEqual(["update ended", "looked around"]);
  });
});

describe("the text of an event", () => {
  test("is one line of bounded length, whatever a server has put into it", () => {
    const text = eventText("check failed", { reason: `a\r\nb\u001b[2J${"x".repeat(50_000)}` });
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text.length).toBeLessThanOrEqual(4_000);
  });

  test("holds no secret", () => {
    expect(eventText("enrolled", { token: "vst_abc" })).not.toContain("vst_abc");
  });

  test("holds nothing that the viewer would put something else for", () => {
    expect(eventText("at %1 %%5 100% %!s!", {})).toBe("at % 1 % % 5 100% % !s!");
  });
});

test("a start of an update is no event; what the journal calls noteworthy else is one", () => {
  const journal = Object.keys(messageIds).filter((message) => message !== "update started");
  expect(Object.keys(eventIds)).toEqual(expect.arrayContaining(journal));
  expect(Object.keys(eventIds)).not.toContain("update started");
});
