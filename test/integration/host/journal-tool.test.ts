/** Entries for the journal through a program in place of `logger`; the real one needs a journal. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { expect, test } from "vitest";
import { isJournal } from "../../../host/log/journal-stream.ts";
import { journalTool } from "../../../host/log/journal-tool.ts";
import { useTempDir } from "./temp-dir.ts";

const path = useTempDir();

/** A program whose first argument is `--journald`. */
function program(script: string): string {
  writeFileSync(path("tool"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path("tool");
}

const keepInput = (): string => program(`[ "$1" = --journald ] && cat >> ${path("entries")}`);
const entries = (): string => readFileSync(path("entries"), "utf8");

test("the tool gets an entry whole, and has it when it is taken", async () => {
  const tool = journalTool(keepInput());
  const entry = `MESSAGE=${"x".repeat(100_000)}\nPRIORITY=6\n`;
  expect(await tool.send(entry)).toBe("taken");
  expect(entries()).toBe(entry);
  await tool.end();
});

test("who sent it is still known to the kernel afterwards, and no more after the end", async () => {
  const tool = journalTool(program(`echo $$ > ${path("pid")}; cat > /dev/null`));
  const pidOf = (): string => readFileSync(path("pid"), "utf8").trim();
  const known = (): boolean => readdirSync("/proc").includes(pidOf());
  // A second is long, but not for a machine with very much to do: then the next is looked for.
  const knownAfterwards = async (): Promise<boolean> => {
    expect(await tool.send("MESSAGE=a\n")).not.toBe("broken");
    return known();
  };
  await expect.poll(knownAfterwards).toBe(true);
  await tool.end();
  await expect.poll(known).toBe(false);
});

test.each([
  ["is not there", () => path("none")],
  ["knows no journal", () => program("echo 'unrecognized option' >&2; exit 1")],
  ["says a lot", () => program("head -c 100000 /dev/zero >&2")],
])("a tool that %s is broken", async (_, make) => {
  const tool = journalTool(make());
  expect(await tool.send("MESSAGE=a\n")).toBe("broken");
  await tool.end();
});

test("of very many entries at once some are not taken, and no more processes run than may", async () => {
  const tool = journalTool(keepInput());
  const results = await Promise.all(Array.from({ length: 60 }, () => tool.send("MESSAGE=a\n")));
  expect(results.filter((result) => result === "taken").length).toBeLessThanOrEqual(20);
  expect(results.filter((result) => result === "busy").length).toBeGreaterThanOrEqual(40);
  await tool.end();
});

test("standard error is the journal only if systemd says so of this very file", () => {
  expect(isJournal({})).toBe(false);
  expect(isJournal({ JOURNAL_STREAM: "1:1" })).toBe(false);
  expect(process.env["JOURNAL_STREAM"]).toBeUndefined();
});
