/** What completion knows of a command line, before any shell comes in. */
import { expect, test } from "vitest";
import { functionName, grammarOf } from "../../../../host/cli/completion/grammar.ts";
import { sampleProgram } from "./sample.ts";

const program = { ...sampleProgram(), listedBy: { DATABASE: "key list" } };
const grammar = grammarOf(program);

test("first words are commands, groups with what is in them, and help", () => {
  expect(grammar.firstWords).toEqual([
    { word: "update", summary: "Check for new releases and install them" },
    { word: "key", summary: "new, list" },
    { word: "help", summary: "Tell about a command" },
  ]);
  expect(grammar.groups.get("key")?.map(({ name }) => name)).toEqual(["key new", "key list"]);
});

test("a value is completed by the word that help has for it", () => {
  const [update, keyNew] = grammar.verbs;
  expect(keyNew?.options[0]?.value).toEqual({ name: "DIR", source: { kind: "directory" } });
  expect(grammar.globals[0]?.value?.source).toEqual({ kind: "file" });
  expect(update?.options.map(({ value }) => value?.source.kind)).toEqual([
    undefined,
    "free",
    "free",
  ]);
});

test("an argument whose word the program lists is completed by that command", () => {
  expect(grammar.verbs[0]?.arguments).toEqual([
    { name: "DATABASE", source: { kind: "names", verb: "key list" }, many: true },
  ]);
});

test("choices come before what the word says", () => {
  const [update] = program.verbs;
  if (update === undefined) throw new Error("no command");
  const options = {
    file: { type: "string", value: "FILE", summary: "Which", choices: ["a", "b"] },
  } as const;
  const changed = grammarOf({ ...program, verbs: [{ ...update, options }] });
  expect(changed.verbs[0]?.options[0]?.value?.source).toEqual({
    kind: "choices",
    choices: ["a", "b"],
  });
});

test("a shell function is named after the program", () => {
  expect(functionName(grammarOf({ ...program, name: "vouchsafe-agent" }))).toBe("_vouchsafe_agent");
});
