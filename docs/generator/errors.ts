/** docs/errors.md from the registry of error codes. */
import { type ErrorCode, errorCodes, exitCodes } from "../../protocol/error-codes.ts";
import { table } from "./markdown.ts";

const row = (code: ErrorCode): readonly string[] => {
  const { class: errorClass, summary, advice } = errorCodes[code];
  return [`\`${code}\``, errorClass, String(exitCodes[errorClass]), summary, advice];
};

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);

/** The page. */
export const errorsPage = (): string =>
  [
    "# Errors",
    "",
    "Every error of every program has one of these codes: in `--json` output as `error.code`, in logs and on",
    "the console. A code never changes its meaning; the sentence that comes with it may.",
    "",
    table(
      ["code", "class", "exit code", "when", "what to do"],
      Object.keys(errorCodes).filter(isErrorCode).toSorted().map(row),
    ),
  ].join("\n");
