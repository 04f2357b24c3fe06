/** Reads the console's problem documents (RFC 9457) with the distrust due to any answer. */
import { isObject, own, parseJson } from "../../protocol/json.ts";
import { reportLimits } from "../../protocol/report/limits.ts";
import { cleanText } from "./clean-text.ts";
import type { ConsoleAnswer } from "./console-http.ts";

function field(answer: ConsoleAnswer, name: string): string | undefined {
  try {
    const value = parseJson(answer.body, reportLimits.answerBytes);
    const text = isObject(value) ? own(value, name) : undefined;
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined; // a proxy's page in place of a problem document
  }
}

/** Whether the problem's type ends with that name: `urn:vouchsafe:problem:already-enrolled`. */
export function isProblem(answer: ConsoleAnswer, name: string): boolean {
  return field(answer, "type") === `urn:vouchsafe:problem:${name}`;
}

/** The problem in one sentence for a person. */
export function problemSentence(answer: ConsoleAnswer): string {
  const text = field(answer, "detail") ?? field(answer, "title");
  return text === undefined ? `status ${answer.status}.` : cleanText(text, 300);
}
