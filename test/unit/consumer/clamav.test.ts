import { describe, expect, test } from "vitest";
import { instream, scanAnswerOf } from "../../../agent/consumer/clamav/clamd.ts";
import { clamscanArgv, refusalOf } from "../../../agent/consumer/clamav/trial.ts";
import type { ProcessResult } from "../../../host/process.ts";

const none = { infected: [], clean: [] };
const samples = { infected: ["/s/bad"], clean: ["/s/good"] };
const result = (more: Partial<ProcessResult>): ProcessResult => ({
  code: 0,
  signal: null,
  stdout: "",
  stderr: "",
  timedOut: false,
  truncated: false,
  ...more,
});

describe("clamd's answers", () => {
  test.each([
    ["stream: OK", { kind: "clean" }],
    ["stream: A.B-1.UNOFFICIAL FOUND", { kind: "found", name: "A.B-1.UNOFFICIAL" }],
    ["stream: a b FOUND", { kind: "other", said: "stream: a b FOUND" }],
    [
      "INSTREAM size limit exceeded. ERROR",
      { kind: "other", said: "INSTREAM size limit exceeded. ERROR" },
    ],
    ["\u001b[31m\n", { kind: "other", said: " [31m " }],
    ["", { kind: "other", said: "" }],
  ])("%j", (answer, expected) => {
    expect(scanAnswerOf(answer)).toEqual(expected);
  });

  test("a stream is the command, one chunk with its length, and a chunk of none", () => {
    expect(instream(Buffer.from("abc"))).toEqual(
      Buffer.from("zINSTREAM\0\u0000\u0000\u0000\u0003abc\u0000\u0000\u0000\u0000"),
    );
  });
});

describe("the trial with clamscan", () => {
  test("scans standard input, or the samples if there are any", () => {
    const options = ["/c", "--database=/staged", "--no-summary"];
    expect(clamscanArgv("/c", "/staged", none)).toEqual([...options, "-"]);
    expect(clamscanArgv("/c", "/staged", samples)).toEqual([...options, "/s/bad", "/s/good"]);
  });

  test("accepts a database that loads and finds nothing in harmless text", () => {
    expect(refusalOf(result({ stdout: "stdin: OK\n" }), none, 1000)).toBeUndefined();
  });

  test.each([
    ["exit code 2", { code: 2, stderr: "ERROR: Malformed" }, /warns: ERROR: Malformed/],
    ["exit code 2 without a word", { code: 2 }, /^ended with code 2$/],
    ["a signal", { code: null, signal: "SIGSEGV" }, /^was ended by SIGSEGV$/],
    ["too long", { timedOut: true }, /^did not end within 1 s$/],
    [
      "a broken YARA file, exit code 0",
      {
        stderr:
          "LibClamAV Warning: cli_loadyara: failed to parse or load 1 yara rules from file x\n",
      },
      /^warns: .*failed to parse or load/,
    ],
    ["more warnings than are kept", { truncated: true }, /says more/],
    ["something found in harmless text", { code: 1, stdout: "stdin: X FOUND\n" }, /harmless text/],
  ])("refuses: %s", (_, run, reason) => {
    expect(refusalOf(result(run), none, 1000)).toMatch(reason);
  });

  test.each([
    ["both as they must be", "/s/bad: X FOUND\n/s/good: OK\n", undefined],
    [
      "the known-bad passes",
      "/s/bad: OK\n/s/good: OK\n",
      "does not find the known-bad sample /s/bad",
    ],
    ["the known-bad is not told of", "/s/good: OK\n", "does not find the known-bad sample /s/bad"],
    [
      "the known-good is found",
      "/s/bad: X FOUND\n/s/good: Y FOUND\n",
      "does not pass the known-good sample /s/good",
    ],
    [
      "the known-good cannot be read",
      "/s/bad: X FOUND\n/s/good: Access denied\n",
      "does not pass the known-good sample /s/good",
    ],
  ])("samples: %s", (_, stdout, expected) => {
    expect(refusalOf(result({ code: 1, stdout }), samples, 1000)).toBe(expected);
  });
});
