import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeMessage, parseRequest } from "../../../agent/daemon/messages.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";

const refusal = (line: string): string => {
  try {
    parseRequest(line);
  } catch (error) {
    if (error instanceof VouchsafeError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "taken";
};

describe("requests", () => {
  test("an update with everything said", () => {
    const request = { verb: "update", databases: ["daily"], now: true, force: false, plan: true };
    expect(parseRequest(JSON.stringify(request))).toEqual(request);
  });

  test("what is not said counts as no", () => {
    const update = { verb: "update", databases: [], now: false, force: false, plan: false };
    expect(parseRequest('{"verb":"update"}')).toEqual(update);
    expect(parseRequest('{"verb":"service"}')).toEqual({ verb: "service" });
  });

  test.each([
    ["no JSON", "update", "is not JSON"],
    ["nothing", "", "is not JSON"],
    ["a list", "[]", "is not an object"],
    ["no verb", "{}", "names no verb"],
    ["another verb", '{"verb":"stop"}', "names no verb"],
    ["a verb of JavaScript's own", '{"verb":"constructor"}', "names no verb"],
    ["a key too many", '{"verb":"update","config":"/tmp/x"}', "does not know"],
    ["a question with a key", '{"verb":"service","now":true}', "names no verb"],
    ["a word for a switch", '{"verb":"update","now":"yes"}', '"now", which is not true or false'],
    ["a name in place of a list", '{"verb":"update","databases":"daily"}', "no list"],
    ["a number as a name", '{"verb":"update","databases":[1]}', "is no text"],
    ["a path as a name", '{"verb":"update","databases":["../../etc"]}', "names.invalid"],
    ["an option as a name", '{"verb":"update","databases":["--config"]}', "names.invalid"],
    ["too many names", JSON.stringify({ verb: "update", databases: Array(257).fill("a") }), "256"],
  ])("%s is refused", (_name, line, told) => {
    expect(refusal(line)).toContain(told);
  });

  test("whatever a line holds, it is taken or refused in one sentence", () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((j) => `{"verb":"update","databases":${j}}`),
    );
    fc.assert(
      fc.property(anything, (line) => {
        const told = refusal(line);
        expect(told === "taken" || /^(usage\.input|names\.invalid): /.test(told)).toBe(true);
      }),
    );
  });

  test("a message is one line, whatever is in it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (message) => {
        const line = encodeMessage(message);
        expect(line.indexOf("\n")).toBe(line.length - 1);
      }),
    );
  });
});
