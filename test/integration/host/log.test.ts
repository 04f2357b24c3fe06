/** The log with winston behind it: to the journal, to standard error, to rotated files. */
import {
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { fileSink, reopenMs } from "../../../host/log/file.ts";
import { createLog, type LogOptions, silentLog } from "../../../host/log.ts";
import { modeOf, useTempDir } from "./temp-dir.ts";

const path = useTempDir();

async function written(options: Omit<LogOptions, "stderr">): Promise<string> {
  const stderr = new PassThrough();
  const log = await createLog({ ...options, stderr });
  log.debug("looking", { step: 1 });
  log.info("update ends", { database: "daily" });
  log.warn("clock behind");
  log.error("failed", { error: new Error("x\ny"), token: "hunter2" });
  await log.close();
  return String(stderr.read() ?? "");
}

describe("a log for the journal", () => {
  test("marks each line with its priority", async () => {
    expect(await written({ level: "debug", target: "journal" })).toBe(
      "<7>looking step=1\n" +
        "<6>update ends database=daily\n" +
        "<4>clock behind\n" +
        '<3>failed error="x\\ny" token="[hidden]"\n',
    );
  });

  test("leaves out what is below its level", async () => {
    expect(await written({ level: "warn", target: "journal" })).toMatch(/^<4>.*\n<3>.*\n$/);
  });
});

test("a log for standard error has time and level", async () => {
  const [first] = (await written({ level: "info", target: "stderr" })).split("\n");
  expect(first).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z info update ends database=daily$/);
});

describe("a log file", () => {
  test("holds one JSON document a line, readable by owner and group", async () => {
    await written({ level: "info", target: { file: path("log"), maxBytes: 1e6, maxFiles: 3 } });
    const lines = readFileSync(path("log"), "utf8").trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: "info", message: "update ends", database: "daily" },
      { level: "warn", message: "clock behind" },
      { level: "error", error: "x\ny", token: "[hidden]" },
    ]);
    expect(modeOf(path("log")) & 0o007).toBe(0);
  });

  test("is rotated: no more files, and no larger, than it may", async () => {
    const target = { file: path("agent.log"), maxBytes: 2000, maxFiles: 3 };
    const log = await createLog({ level: "info", target });
    for (let count = 0; count < 200; count++) {
      log.info("a line of some length", { count });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await log.close();
    await expect.poll(() => readdirSync(path()).length).toBeLessThanOrEqual(3);
    for (const name of readdirSync(path())) expect(statSync(path(name)).size).toBeLessThan(4000);
    expect(readFileSync(path("agent.log"), "utf8")).toContain('"count":199');
  });

  test("on a full disk does not end the program", async () => {
    const target = { file: "/dev/full", maxBytes: 1e6, maxFiles: 2 };
    const log = await createLog({ level: "info", target });
    log.info("lost");
    log.info("lost too");
    await log.close();
  });

  test("goes on once the disk has room again, and tells what was lost", async () => {
    let now = 0;
    symlinkSync("/dev/full", path("log"));
    const sink = await fileSink({ file: path("log"), maxBytes: 1e6, maxFiles: 2 }, () => now);
    const opened = (): string[] =>
      readdirSync("/proc/self/fd").map((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`);
        } catch {
          return ""; // closed meanwhile
        }
      });
    await expect.poll(opened).toContain("/dev/full");
    rmSync(path("log"));
    writeFileSync(path("log"), "");
    const text = (): string => readFileSync(path("log"), "utf8");
    // It holds the full disk open still; that it cannot be written comes out some time later.
    const tell = (message: string): string => {
      sink.write("info", message, {});
      now += reopenMs / 4;
      return text();
    };
    await expect.poll(() => tell("told")).toContain('"message":"told"');
    expect(text()).toMatch(/"message":"log entries could not be written","lost":[1-9]/);
    await sink.close();
  });

  test("whose name was given to another file is begun anew when the log is made again", async () => {
    const target = { file: path("log"), maxBytes: 1e6, maxFiles: 2 };
    await written({ level: "info", target });
    renameSync(path("log"), path("log.old"));
    await written({ level: "info", target });
    expect(readFileSync(path("log"), "utf8")).toContain("update ends");
    expect(readFileSync(path("log.old"), "utf8").match(/update ends/g)).toHaveLength(1);
  });

  test("that cannot be opened is an error that names it", async () => {
    for (const file of [path(), path("none", "log")]) {
      const log = createLog({ level: "info", target: { file, maxBytes: 1e6, maxFiles: 2 } });
      await expect(log).rejects.toMatchObject({
        code: "disk.io",
        message: expect.stringContaining(`Cannot write the log ${file} (`),
      });
    }
  });
});

test("a silent log says nothing and ends", async () => {
  silentLog.error("nobody hears", { a: 1 });
  await expect(silentLog.close()).resolves.toBeUndefined();
});
