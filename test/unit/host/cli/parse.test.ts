/** What a command line means, and what is said when it means nothing. */
import { describe, expect, test } from "vitest";
import { parseCommandLine, wantsJson } from "../../../../host/cli/parse.ts";
import { sampleProgram } from "./sample.ts";

const parse = (line: string, env: Record<string, string> = {}) =>
  parseCommandLine(sampleProgram(), line === "" ? [] : line.split(" "), env);

function run(line: string, env: Record<string, string> = {}) {
  const call = parse(line, env);
  if (call.kind !== "run") throw new Error(`"${line}" is ${call.kind}`);
  return { verb: call.verb.name, positionals: call.positionals, ...call.values };
}

describe("a command line", () => {
  test("has a verb, its options and the global ones, in any order", () => {
    for (const line of [
      "update --now a b --json --config f",
      "--json --config f update a -n b",
      "--config=f update a b --json --now",
    ]) {
      expect(run(line)).toMatchObject({
        verb: "update",
        positionals: ["a", "b"],
        now: true,
        json: true,
        config: "f",
        quiet: false,
      });
    }
  });

  test("may name a verb of two words", () => {
    expect(run("key new --dir d ops")).toMatchObject({ verb: "key new", positionals: ["ops"] });
    expect(run("--json key list")).toMatchObject({ verb: "key list" });
  });

  test("keeps words after -- as they are", () => {
    expect(run("update -- --now -x")).toMatchObject({ now: false, positionals: ["--now", "-x"] });
  });

  test("gathers an option that may be repeated", () => {
    expect(run("update --only a --only=b")).toMatchObject({ only: ["a", "b"] });
    expect(run("update")).toMatchObject({ only: [], reason: undefined });
  });

  test("takes an option from the environment unless it is given", () => {
    expect(run("update", { SAMPLE_REASON: "env" })).toMatchObject({ reason: "env" });
    expect(run("update --reason arg", { SAMPLE_REASON: "env" })).toMatchObject({ reason: "arg" });
    expect(run("update", { SAMPLE_REASON: "" })).toMatchObject({ reason: undefined });
  });

  test("takes - (standard input) and =-x as values", () => {
    expect(run("update --reason -")).toMatchObject({ reason: "-" });
    expect(run("update --reason=-x")).toMatchObject({ reason: "-x" });
  });

  test("asks for help or the version", () => {
    expect(parse("--help")).toMatchObject({ kind: "help", verb: undefined, json: false });
    expect(parse("help")).toMatchObject({ kind: "help", verb: undefined });
    expect(parse("help key new")).toMatchObject({ kind: "help", verb: { name: "key new" } });
    expect(parse("key new -h --json")).toMatchObject({ kind: "help", json: true });
    expect(parse("--version --json")).toEqual({ kind: "version", json: true });
    expect(parse("update --version")).toMatchObject({ kind: "version" });
  });
});

describe("a wrong command line is answered with", () => {
  test.each([
    ["", "No command is given."],
    ["--json", "No command is given."],
    ["updaet", 'There is no command "updaet". Did you mean "update"?'],
    ["frobnicate --now", 'There is no command "frobnicate".'],
    ["help updaet", 'There is no command "updaet". Did you mean "update"?'],
    ["key", '"key" takes one of: new, list.'],
    ["key nwe", '"key" takes one of: new, list. Did you mean "key new"?'],
    ["update --nwo", 'There is no option "--nwo". Did you mean "--now"?'],
    ["update --no-now", 'There is no option "--no-now".'],
    ["update -z", 'There is no option "-z".'],
    ["update -nz", 'There is no option "-z".'],
    ["update --now=yes", 'The option "--now" takes no value.'],
    ["update --reason", 'The option "--reason" needs a value: --reason=TEXT.'],
    ["update --reason --now", 'The option "--reason" needs a value: --reason=TEXT.'],
    ["update --reason a --reason b", 'The option "--reason" is given twice.'],
    ["update --__proto__", 'There is no option "--__proto__".'],
    ["update --constructor", 'There is no option "--constructor".'],
    ["key new --dir d", '"key new" needs NAME.'],
    ["key new ops", '"key new" needs the option --dir DIR.'],
    ["key list extra", '"key list" does not take "extra".'],
    ["--bogus update", 'There is no option "--bogus".'],
  ])("%j: %s", (line, message) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ code: "usage.arguments", message }),
    );
  });
});

test("JSON is wanted by --json among the options, whatever else is wrong", () => {
  expect(wantsJson(["frobnicate", "--json"])).toBe(true);
  expect(wantsJson(["update", "--", "--json"])).toBe(false);
  expect(wantsJson(["update"])).toBe(false);
});
