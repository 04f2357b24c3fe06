import { describe, expect, test } from "vitest";
import { mismatch, parseScenario, splitWords } from "../../testkit/scenario.ts";

const text = `# A comment.
$ agent update 'two words'
> first …
! warning
? 3
`;

describe("a scenario", () => {
  const [step] = parseScenario(text);
  const fit = { code: 3, stdout: "first line\n", stderr: "warning\n" };

  test("tells command, output and exit code", () => {
    expect(step).toEqual({
      line: 2,
      words: ["agent", "update", "two words"],
      stdout: ["first …"],
      stderr: ["warning"],
      code: 3,
    });
    expect(splitWords("a 'b\\nc'")).toEqual(["a", "b\nc"]);
  });

  test.each([
    ["another exit code", { ...fit, code: 0 }],
    ["another line", { ...fit, stdout: "second line\n" }],
    ["one line more", { ...fit, stdout: "first line\nmore\n" }],
    ["no output", { ...fit, stdout: "" }],
    ["something on standard error", { ...fit, stderr: "warning\nand more\n" }],
  ])("is not satisfied by %s", (_what, result) => {
    if (step === undefined) throw new Error("no step");
    expect(mismatch(step, fit)).toBeUndefined();
    expect(mismatch(step, result)).toContain("line 2");
  });

  test("is the same with the line ends of Windows", () => {
    expect(parseScenario(text.replaceAll("\n", "\r\n"))).toEqual(parseScenario(text));
  });

  test("refuses a line of no kind", () => {
    expect(() => parseScenario("$ agent\n  indented")).toThrow("line 2");
  });
});
