/** `agent doctor --json`, run and read. */
import { array, object, optional, string } from "zod";
import type { AgentFixture } from "../../testkit/agent-fixture.ts";

const finding = object({
  severity: string(),
  message: string(),
  advice: optional(string()),
  code: optional(string()),
});

const document = object({
  result: string(),
  checks: array(object({ check: string(), findings: array(finding) })),
  error: optional(object({ code: string(), class: string(), message: string(), advice: string() })),
});

/** What the doctor found. */
export async function useDocument(fixture: AgentFixture) {
  const { code, stdout } = await fixture.agent("doctor", "--json");
  const { result, checks, error } = document.parse(JSON.parse(stdout));
  const messages = (severity: string, check?: string): string[] =>
    checks
      .filter((one) => check === undefined || one.check === check)
      .flatMap(({ findings }) => findings)
      .filter((one) => one.severity === severity)
      .map(({ message }) => message);
  const failures = (check?: string): string[] => messages("failure", check);
  return { code, result, error, messages, failures };
}
