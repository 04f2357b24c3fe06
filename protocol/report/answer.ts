/** What a console answers to a report. Commands come with a later format; unknown keys are ignored. */
import { isBootId } from "./identity.ts";
import { reportLimits } from "./limits.ts";
import { readDocument, readForm, readInteger, readObject } from "./read.ts";

export interface ReportAnswer {
  readonly format: 1;
  readonly acknowledged: { readonly boot: string; readonly seq: number };
  /** When the next report is expected, seconds; the agent clamps it to an hour. */
  readonly nextReportSeconds: number;
}

const isBoot = (text: string): text is string => isBootId(text);

/**
 * Parses the answer to a report; `nextReportSeconds` is clamped to 1 … 3,600.
 *
 * @throws VouchsafeError `usage.input`, `format.newer`
 */
export function parseReportAnswer(bytes: Uint8Array): ReportAnswer {
  const object = readDocument(bytes, reportLimits.answerBytes, "answer");
  const acknowledged = readObject(object, "acknowledged");
  const next = readInteger(object, "nextReportSeconds", 0, Number.MAX_SAFE_INTEGER);
  return {
    format: 1,
    acknowledged: {
      boot: readForm(acknowledged, "boot", isBoot, "32 hex characters"),
      seq: readInteger(acknowledged, "seq", 1, Number.MAX_SAFE_INTEGER),
    },
    nextReportSeconds: Math.min(Math.max(next, 1), reportLimits.delaySeconds),
  };
}
