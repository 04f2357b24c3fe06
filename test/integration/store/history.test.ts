import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  appendHistory,
  type HistoryEvent,
  historyHead,
  readHistory,
  verifyHistory,
} from "../../../agent/store/history.ts";
import { nodeFileSystem as fs } from "../../../host/file-system.ts";
import { sha256 } from "../../../protocol/bytes.ts";

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-history-"));
  path = join(dir, "history.ndjson");
});
afterEach(() => rmSync(dir, { recursive: true }));

function event(number: number): HistoryEvent {
  return {
    id: String(number).padStart(32, "0"),
    at: "2026-01-01T00:00:00.000Z",
    kind: "installed",
    database: "daily",
    from: null,
    to: { version: number, label: "x", digest: sha256(`release ${number}`) },
  };
}

async function append(...numbers: readonly number[]): Promise<void> {
  for (const number of numbers) await appendHistory(fs, path, event(number));
}

const lines = () => readFileSync(path, "utf8").trimEnd().split("\n");

test("each line names the hash of the line before it", async () => {
  await append(1, 2, 3);
  const [first = "", second = "", third = ""] = lines();
  expect((await readHistory(fs, path)).map(({ seq, previous }) => [seq, previous])).toEqual([
    [1, null],
    [2, sha256(first)],
    [3, sha256(second)],
  ]);
  expect(await verifyHistory(fs, path)).toBe(3);
  expect(await historyHead(fs, path)).toEqual({ size: 3, sha256: sha256(third) });
});

test("the same event is written once, though a crash makes it come twice", async () => {
  await append(1, 2, 2);
  expect(lines()).toHaveLength(2);
});

test("a last line that a crash cut short is dropped, and the chain goes on", async () => {
  await append(1, 2);
  appendFileSync(path, '{"format":1,"id":"torn');
  expect(await readHistory(fs, path)).toHaveLength(2);
  await append(3);
  expect(await verifyHistory(fs, path)).toBe(3);
});

test("a file of nothing but a torn line begins anew", async () => {
  writeFileSync(path, "{");
  await append(1);
  expect(await verifyHistory(fs, path)).toBe(1);
});

test.each([
  [
    "a changed line",
    (all: string[]) => all.map((line) => line.replace('"version":2', '"version":9')),
    3,
  ],
  ["a removed line", (all: string[]) => all.filter((_, index) => index !== 1), 2],
  ["a removed first line", (all: string[]) => all.slice(1), 1],
  ["a line that is no JSON", (all: string[]) => ["?", ...all.slice(1)], 1],
])("%s shows", async (_, tamper, at) => {
  await append(1, 2, 3);
  writeFileSync(path, `${tamper(lines()).join("\n")}\n`);
  await expect(verifyHistory(fs, path)).rejects.toMatchObject({
    code: "trust.tampered",
    message: expect.stringContaining(`Line ${at} `),
  });
});

test("a damaged last line does not keep the next event from being written", async () => {
  await append(1);
  appendFileSync(path, "garbage\n");
  await append(2);
  expect(await readHistory(fs, path)).toHaveLength(2);
  await expect(verifyHistory(fs, path)).rejects.toMatchObject({ code: "trust.tampered" });
});

test("a history that is not there is empty", async () => {
  expect(await readHistory(fs, path)).toEqual([]);
  expect(await historyHead(fs, path)).toBeUndefined();
  expect(await verifyHistory(fs, path)).toBe(0);
});
