import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type HistoryEvent, historyHead, readHistory } from "../../../agent/store/history.ts";
import { appendHistory, type HistoryPlaces } from "../../../agent/store/history-head.ts";
import { verifyHistory } from "../../../agent/store/verify-history.ts";
import { type FileSystem, nodeFileSystem as fs } from "../../../host/file-system.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { freshSigner } from "../../testkit/engine-fixture.ts";

const signer = freshSigner();
let dir: string;
let places: HistoryPlaces;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-history-"));
  places = { history: join(dir, "history.ndjson"), historyHead: join(dir, "history.head.json") };
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

async function append(...numbers: readonly number[]): Promise<boolean> {
  let signed = true;
  for (const number of numbers) signed = await appendHistory(fs, places, event(number), signer);
  return signed;
}

const verify = () => verifyHistory(fs, places, signer.publicKey);
const lines = () => readFileSync(places.history, "utf8").trimEnd().split("\n");
const write = (all: readonly string[]) =>
  writeFileSync(places.history, all.map((line) => `${line}\n`).join(""));

test("each line names the hash of the line before it", async () => {
  await append(1, 2, 3);
  const [first = "", second = "", third = ""] = lines();
  expect(
    (await readHistory(fs, places.history)).map(({ seq, previous }) => [seq, previous]),
  ).toEqual([
    [1, null],
    [2, sha256(first)],
    [3, sha256(second)],
  ]);
  expect(await verify()).toEqual({ lines: 3, signed: 3 });
  expect(await historyHead(fs, places.history)).toEqual({ size: 3, sha256: sha256(third) });
});

test("the same event is written once, though a crash makes it come twice", async () => {
  await append(1, 2, 2);
  expect(lines()).toHaveLength(2);
});

test("a last line that a crash cut short is dropped, and the chain goes on", async () => {
  await append(1, 2);
  appendFileSync(places.history, '{"format":1,"id":"torn');
  expect(await readHistory(fs, places.history)).toHaveLength(2);
  await append(3);
  expect(await verify()).toEqual({ lines: 3, signed: 3 });
});

test("a file of nothing but a torn line begins anew", async () => {
  writeFileSync(places.history, "{");
  await append(1);
  expect(await verify()).toEqual({ lines: 1, signed: 1 });
});

test("a history that is not there is empty", async () => {
  expect(await readHistory(fs, places.history)).toEqual([]);
  expect(await historyHead(fs, places.history)).toBeUndefined();
  expect(await verify()).toEqual({ lines: 0, signed: 0 });
});

describe("what somebody did to it shows, by line", () => {
  type Tamper = (all: string[]) => readonly string[];
  const swap: Tamper = ([a = "", b = "", c = "", d = ""]) => [a, c, b, d];
  const alter = (version: number): Tamper => {
    return (all) => all.map((line) => line.replace(`"version":${version}`, '"version":9'));
  };
  test.each<[string, Tamper, string]>([
    ["a changed line", alter(2), "Line 2 of the history was changed."],
    ["a changed first line", alter(1), "Line 1 of the history was changed."],
    ["a changed last line", alter(4), "Line 4 of the history was changed."],
    ["a line that is no JSON", (all) => all.with(1, "?"), "Line 2 of the history was changed."],
    ["a removed line", (all) => all.toSpliced(1, 1), "Line 2 of the history was removed."],
    ["a removed first line", (all) => all.slice(1), "Line 1 of the history was removed."],
    [
      "two removed lines",
      (all) => all.toSpliced(1, 2),
      "Lines 2 to 3 of the history were removed.",
    ],
    ["a cut at the end", (all) => all.slice(0, -1), "Line 4 of the history was removed."],
    ["a longer cut", (all) => all.slice(0, 1), "Lines 2 to 4 of the history were removed."],
    ["nothing left", () => [], "Lines 1 to 4 of the history were removed."],
    ["two lines the other way round", swap, "Line 3 of the history was added, or moved there."],
    ["a line twice", (all) => all.toSpliced(1, 0, all[1] ?? ""), "Line 2 of the history was added"],
    ["a line more", (all) => [...all, "?"], "Line 5 of the history was added, or moved there."],
  ])("%s", async (_, tamper, message) => {
    await append(1, 2, 3, 4);
    write(tamper(lines()));
    await expect(verify()).rejects.toMatchObject({
      code: "trust.tampered",
      message: expect.stringContaining(message),
    });
  });

  test("lines that were rewritten with a sound chain, without the key", async () => {
    await append(1, 2);
    const other = { history: join(dir, "other"), historyHead: join(dir, "other.head") };
    for (const number of [1, 3]) await appendHistory(fs, other, event(number), undefined);
    writeFileSync(places.history, readFileSync(other.history));
    await expect(verify()).rejects.toMatchObject({ message: expect.stringContaining("Line 2") });
  });

  test("a head that another key signed, that was changed, or that is gone", async () => {
    await append(1, 2);
    const head = readFileSync(places.historyHead, "utf8");
    await expect(verifyHistory(fs, places, freshSigner().publicKey)).rejects.toThrow("signed head");
    await expect(verifyHistory(fs, places, undefined)).rejects.toThrow("signed head");
    for (const changed of [head.replace('"size":2', '"size":1'), "{}"]) {
      writeFileSync(places.historyHead, changed);
      await expect(verify()).rejects.toMatchObject({ code: "trust.tampered" });
    }
    rmSync(places.historyHead);
    await expect(verify()).rejects.toThrow("The signed head of the history is missing");
  });
});

describe("a history that was tampered with is not signed over", () => {
  test.each<[string, (all: string[]) => readonly string[]]>([
    ["cut", (all) => all.slice(0, -1)],
    ["emptied", () => []],
    ["damaged at its end", (all) => [...all, "garbage"]],
  ])("%s: the next event is written, unsigned, and the fault still shows", async (_, tamper) => {
    await append(1, 2);
    write(tamper(lines()));
    expect(await append(3)).toBe(false);
    expect((await readHistory(fs, places.history)).at(-1)?.id).toBe(event(3).id);
    await expect(verify()).rejects.toMatchObject({ code: "trust.tampered" });
    await append(4);
    await expect(verify()).rejects.toMatchObject({ code: "trust.tampered" });
  });
});

describe("a crash between the line and its signature", () => {
  /** As the crash leaves it: the line is there, the head is the one before. */
  async function crashAfterLine(number: number): Promise<void> {
    await appendHistory(
      fs,
      { ...places, historyHead: join(dir, "lost") },
      event(number),
      undefined,
    );
  }

  test("leaves one unsigned line, which is allowed because it follows the signed one", async () => {
    await append(1);
    await crashAfterLine(2);
    expect(await verify()).toEqual({ lines: 2, signed: 1 });
  });

  test("of the first line as well", async () => {
    await crashAfterLine(1);
    expect(await verify()).toEqual({ lines: 1, signed: 0 });
    expect(await append(2)).toBe(true);
    expect(await verify()).toEqual({ lines: 2, signed: 2 });
  });

  test("is healed when the same event comes again", async () => {
    await append(1);
    await crashAfterLine(2);
    expect(await append(2)).toBe(true);
    expect(await verify()).toEqual({ lines: 2, signed: 2 });
  });

  test("is healed before the next event is written: a second crash leaves one line again", async () => {
    await append(1);
    await crashAfterLine(2);
    let opened = 0;
    const cut: FileSystem = {
      ...fs,
      open: async (path, flags, mode) => {
        // The head is written for line 2; the crash comes when it is to be written for line 3.
        const second = path.includes("history.head") && flags === "wx" && ++opened === 2;
        if (second) throw new Error("cut");
        return fs.open(path, flags, mode);
      },
    };
    await expect(appendHistory(cut, places, event(3), signer)).rejects.toThrow();
    expect(await verify()).toEqual({ lines: 3, signed: 2 });
  });

  test("does not excuse two unsigned lines, nor one that does not follow", async () => {
    await append(1);
    await crashAfterLine(2);
    await crashAfterLine(3);
    await expect(verify()).rejects.toMatchObject({ code: "trust.tampered" });
    const [first = "", second = ""] = lines();
    write([first, second.replace(sha256(first), sha256("another"))]);
    await expect(verify()).rejects.toMatchObject({ code: "trust.tampered" });
  });
});
