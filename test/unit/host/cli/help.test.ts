/** Help, from the program's description. */
import { expect, test } from "vitest";
import { describeProgram, programHelp, usageLine, verbHelp } from "../../../../host/cli/help.ts";
import { sampleProgram } from "./sample.ts";

const program = sampleProgram();
const verb = (name: string) => {
  const found = program.verbs.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

test("a program's help lists its commands and exit codes", () => {
  const text = programHelp(program);
  expect(text).toContain("sample: Shows how a program is described.");
  expect(text).toMatch(/^ {2}update +Check for new releases/m);
  expect(text).toMatch(/^ {2}key new +Make a key/m);
  expect(text).toMatch(/^ {2}3 +trust/m);
});

test("a verb's help shows usage, arguments, options, examples and its exit codes", () => {
  const text = verbHelp(program, verb("update"));
  expect(text).toContain("Usage: sample update [options] [DATABASE…]");
  expect(text).toContain("Longer text.");
  expect(text).toMatch(/^ {2}DATABASE +Only these/m);
  expect(text).toMatch(/^ {2}-n, --now +Skip the schedule/m);
  expect(text).toMatch(/^ {2}--reason TEXT +Why \(environment: SAMPLE_REASON\)/m);
  expect(text).toMatch(/^ {2}--only NAME +Restrict \(may be repeated\)/m);
  expect(text).toMatch(/^ {2}--config FILE/m);
  expect(text).toContain("sample update --now daily");
  expect(text).toMatch(/^ {2}8 +held/m);
});

test("long texts are wrapped, what an option means beside its name", () => {
  const summary =
    "Words that go on and on until no terminal has room for them in one line any more";
  const options = { dir: { type: "string", value: "DIR", summary } } as const;
  const text = verbHelp(program, { ...verb("key list"), description: `${summary}.`, options });
  expect(text).toContain(`
Words that go on and on until no terminal has room for them in one line any
more.
`);
  expect(text).toContain(`
  --dir DIR  Words that go on and on until no terminal has room for them in one
             line any more
`);
});

test("a usage line names what must be given, or what the verb says itself", () => {
  expect(usageLine(program, verb("key new"))).toBe("sample key new --dir DIR NAME");
  expect(usageLine(program, { ...verb("key list"), usage: "key list ALL" })).toBe(
    "sample key list ALL",
  );
});

test("a program is plain data for generators", () => {
  const text = JSON.stringify(describeProgram(program));
  expect(JSON.parse(text)).toMatchObject({
    name: "sample",
    globalOptions: { json: { type: "boolean" } },
    verbs: [{ name: "update", options: { now: { short: "n" } } }, {}, {}],
  });
});
