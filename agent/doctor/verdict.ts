/** From findings to the whole: counts, the failure that counts, lines for a person. Pure. */
import { errorCodes, exitCodes, exitOrder } from "../../protocol/error-codes.ts";
import type { ErrorDocument } from "../../protocol/errors.ts";
import type { Examined } from "./examine.ts";
import type { Finding } from "./findings.ts";

type Failure = Extract<Finding, { readonly severity: "failure" }>;

/** The whole. */
export interface Verdict {
  readonly counts: { readonly ok: number; readonly warning: number; readonly failure: number };
  readonly exitCode: number;
  /** The failure that the exit code is of. */
  readonly error?: ErrorDocument;
}

const exitCodeOf = ({ code }: Failure): number => exitCodes[errorCodes[code].class];

const rank = (failure: Failure): number =>
  exitOrder.findIndex((code) => code === exitCodeOf(failure));

function documentOf({ code, message, advice }: Failure): ErrorDocument {
  return { code, class: errorCodes[code].class, message, advice };
}

/** Without a failure 0; else the code of the failure that comes first in `exitOrder`. */
export function verdictOf(examined: readonly Examined[]): Verdict {
  const findings = examined.flatMap((one) => one.findings);
  const count = (severity: Finding["severity"]): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const counts = { ok: count("ok"), warning: count("warning"), failure: count("failure") };
  const [worst] = findings
    .filter((finding) => finding.severity === "failure")
    .toSorted((a, b) => rank(a) - rank(b));
  if (worst === undefined) return { counts, exitCode: 0 };
  return { counts, exitCode: exitCodeOf(worst), error: documentOf(worst) };
}

/** A line for each finding, and below it what to do. */
export function linesOf(examined: readonly Examined[]): readonly string[] {
  return examined.flatMap(({ check, findings }) =>
    findings.flatMap((finding) => {
      const code = finding.severity === "failure" ? ` [${finding.code}]` : "";
      const line = `${finding.severity.padEnd(7)}  ${check}: ${finding.message}${code}`;
      return finding.severity === "ok" ? [line] : [line, `         what to do: ${finding.advice}`];
    }),
  );
}
