/** Man pages as text: what each section says, and that no text can become a request of roff. */
import { describe, expect, test } from "vitest";
import { manPage } from "../../../../host/cli/man/page.ts";
import { programPages } from "../../../../host/cli/man/program.ts";
import { escapeLine, escapeText, markedText, paragraphs } from "../../../../host/cli/man/roff.ts";
import { sampleProgram } from "./sample.ts";

const edition = { version: "1.2.3", date: "2026-11-24" };
const related = [{ name: "sample.yaml", section: 5 }] as const;
const program = {
  ...sampleProgram(),
  description: "One paragraph.\n\nAnother with `code`.",
  files: [{ name: "/etc/sample", summary: "Its file" }],
  environment: [{ name: "SAMPLE_MODE", summary: "Its mode" }],
};
const pages = programPages(program, related, edition);
const page = (name: string): string => {
  const found = pages.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(name);
  return found.text;
};

/** The lines of one section. */
const sectionOf = (text: string, title: string): readonly string[] => {
  const lines = text.split("\n");
  const start = lines.indexOf(`.SH ${title}`);
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith(".SH "));
  return start === -1 ? [] : lines.slice(start + 1, length === -1 ? -1 : start + 1 + length);
};

describe("roff", () => {
  test.each([
    [".pub", "\\&.pub"],
    ["'s", "\\(aqs"],
    ["a -- b", "a \\-\\- b"],
    ["C:\\dir", "C:\\(rsdir"],
    ['say "hi"', "say \\(dqhi\\(dq"],
    ["DATABASE…", "DATABASE\\[u2026]"],
    ["𝄞", "\\[u1D11E]"],
    ["~/`x^", "\\(ti/\\(gax\\(ha"],
    ["a\u0007b", "a\\[u0007]b"],
  ])("shows %j literally", (text, roff) => {
    expect(escapeLine(text)).toBe(roff);
  });

  test("running text is one line", () => {
    expect(escapeText(" a\n .TH b\n")).toBe("a .TH b");
  });

  test("words between backticks are bold, and a paragraph may begin with a full stop", () => {
    expect(markedText("run `a-b` now")).toBe("run \\fBa\\-b\\fR now");
    expect(paragraphs("one\n\n.two")).toEqual(["one", ".PP", "\\&.two"]);
  });
});

describe("the page of a program", () => {
  test("is named, dated and versioned", () => {
    expect(page("sample")).toContain('.TH "SAMPLE" 1 "2026-11-24" "Vouchsafe 1.2.3" "Vouchsafe"\n');
    expect(sectionOf(page("sample"), "NAME")).toEqual([
      "sample \\- shows how a program is described",
    ]);
  });

  test("lists commands, options, exit codes, files, environment and examples", () => {
    const text = page("sample");
    expect(sectionOf(text, "DESCRIPTION")).toEqual([
      "One paragraph.",
      ".PP",
      "Another with \\fBcode\\fR\\&.",
    ]);
    expect(sectionOf(text, "COMMANDS")).toContain("\\fBkey new\\fR");
    expect(sectionOf(text, "OPTIONS")).toContain("\\fB\\-\\-config\\fR \\fIFILE\\fR");
    expect(sectionOf(text, "EXIT STATUS")).toContain("Trust: something is not what was signed.");
    expect(sectionOf(text, "FILES")).toEqual([".TP", "\\fI/etc/sample\\fR", "Its file."]);
    expect(sectionOf(text, "ENVIRONMENT")).toEqual([
      ".TP",
      "\\fISAMPLE_REASON\\fR",
      "Counts when \\fB\\-\\-reason\\fR is not given.",
      ".TP",
      "\\fISAMPLE_MODE\\fR",
      "Its mode.",
    ]);
    expect(sectionOf(text, "EXAMPLES")).toContain("sample update \\-\\-now daily");
  });

  test("names the pages of its commands and those that it is told", () => {
    expect(sectionOf(page("sample"), "SEE ALSO")).toEqual([
      [
        "\\fBsample\\-update\\fR(1)",
        "\\fBsample\\-key\\-new\\fR(1)",
        "\\fBsample\\-key\\-list\\fR(1)",
        "\\fBsample.yaml\\fR(5)",
      ].join(", "),
    ]);
  });
});

describe("the page of a command", () => {
  test("shows how it is called, with what is typed bold and what is meant italic", () => {
    expect(sectionOf(page("sample-update"), "SYNOPSIS")).toEqual([
      "\\fBsample\\fR \\fBupdate\\fR [\\fIoptions\\fR] [\\fIDATABASE\\fR\\[u2026]]",
    ]);
  });

  test("tells arguments, and of options whether they must be given or may be repeated", () => {
    expect(sectionOf(page("sample-update"), "ARGUMENTS")).toEqual([
      ".TP",
      "\\fIDATABASE\\fR",
      "Only these.",
    ]);
    const options = sectionOf(page("sample-update"), "OPTIONS");
    expect(options).toContain("\\fB\\-n\\fR, \\fB\\-\\-now\\fR");
    expect(options).toContain("Restrict. May be repeated.");
    expect(options).toContain("Why. Else \\fBSAMPLE_REASON\\fR of the environment counts.");
    expect(sectionOf(page("sample-key-new"), "OPTIONS")).toContain("Where. Required.");
  });

  test("tells the exit codes of all programs, and its own meaning where it has one", () => {
    const codes = sectionOf(page("sample-update"), "EXIT STATUS");
    expect(codes).toContain("Network or repository.");
    expect(codes.slice(codes.indexOf("\\fB8\\fR"))).toEqual(
      expect.arrayContaining(["\\fB8\\fR", "Held."]),
    );
    expect(codes).not.toContain("Nothing done, by policy.");
  });
});

test("a section without content is left out", () => {
  const text = manPage(
    { name: "x", section: 1, summary: "Y", body: [], seeAlso: [] },
    edition,
  ).text;
  expect(text.match(/^\.SH/gm)).toEqual([".SH"]);
});
