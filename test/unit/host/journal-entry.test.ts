/** An entry in the journal's own fields (systemd.journal-fields(7)). */
import { expect, test } from "vitest";
import { journalEntry } from "../../../host/log/journal-entry.ts";

const source = { identifier: "vouchsafe-agent", pid: 42, messageIds: { "update ended": "ab12" } };
const linesOf = (...args: Parameters<typeof journalEntry>): string[] =>
  journalEntry(...args).split("\n");

test("has text, priority, source, the id of its message, and its fields", () => {
  const fields = { database: "daily", result: "updated", from: "41", to: "42", bytes: 9 };
  expect(linesOf(source, "info", "update ended", fields)).toEqual([
    "MESSAGE=update ended database=daily result=updated from=41 to=42 bytes=9",
    "PRIORITY=6",
    "SYSLOG_FACILITY=3",
    "SYSLOG_IDENTIFIER=vouchsafe-agent",
    "SYSLOG_PID=42",
    "MESSAGE_ID=ab12",
    "VOUCHSAFE_DATABASE=daily",
    "VOUCHSAFE_RESULT=updated",
    "VOUCHSAFE_FROM=41",
    "VOUCHSAFE_RELEASE=42",
    "VOUCHSAFE_BYTES=9",
    "",
  ]);
});

test("names fields as the journal does, and leaves out what it would not take", () => {
  const fields = { nextCheckAt: "soon", "a b": 1, _x: 1, ["y".repeat(100)]: 1, ü: 1 };
  const ours = linesOf(source, "warn", "m", fields).filter((line) => line.startsWith("VOUCHSAFE"));
  expect(ours).toEqual(["VOUCHSAFE_NEXT_CHECK_AT=soon"]);
});

test("what a server put into a value starts no field of its own", () => {
  const entry = journalEntry(source, "error", "bad\nPRIORITY=0", { reason: "x\nMESSAGE_ID=1\r\n" });
  const lines = entry.split("\n");
  expect(lines.filter((line) => /^(PRIORITY|MESSAGE_ID)=/.test(line))).toEqual(["PRIORITY=3"]);
  expect(lines).toContain(String.raw`VOUCHSAFE_REASON=x\u000aMESSAGE_ID=1\u000d\u000a`);
});

test("holds no secret, and no more than a few fields", () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, index]));
  const entry = journalEntry(source, "info", "m", { password: "hunter2", ...many });
  expect(entry).not.toContain("hunter2");
  expect(entry.match(/^VOUCHSAFE_/gm)?.length).toBeLessThanOrEqual(32);
});
