/** Ids of messages: unique, of messages that the service says, and told to those who need them. */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { eventIds, messageIds } from "../../../agent/daemon/message-ids.ts";
import { updateResults } from "../../../protocol/report/status-report.ts";

const root = resolve(import.meta.dirname, "../../..");
const daemon = readdirSync(resolve(root, "agent/daemon"))
  .filter((name) => name !== "message-ids.ts")
  .map((name) => readFileSync(resolve(root, "agent/daemon", name), "utf8"))
  .join("");
const messages = Object.keys(messageIds);

test("every id is one of its own", () => {
  const ids = Object.values(messageIds);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});

test("every id of the event log is one of its own that the message file knows", () => {
  const ids = Object.values(eventIds);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toSatisfy((n) => Number.isInteger(n) && n >= 1 && n <= 1000);
});

test.each(Object.entries(eventIds))("docs/windows.md tells the id of %j", (message, id) => {
  const guide = readFileSync(resolve(root, "docs/windows.md"), "utf8");
  expect(guide).toContain(`| ${id} | ${message} |`);
});

test.each(messages)("the service says %j: as a result, or in these words", (message) => {
  const results: readonly string[] = updateResults;
  expect(results.includes(message) || daemon.includes(`"${message}"`)).toBe(true);
});

test.each(messages)("docs/service.md tells the id of %j", (message) => {
  const guide = readFileSync(resolve(root, "docs/service.md"), "utf8");
  expect(guide).toContain(`| ${message} | \`${messageIds[message]}\` |`);
});
