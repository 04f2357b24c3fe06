/** docs/doctor.md from the list of checks. */
import { checks } from "../../agent/doctor/checks.ts";
import { exitCodes, exitOrder } from "../../protocol/error-codes.ts";
import { table } from "./markdown.ts";

const classesOf = (code: number): string =>
  Object.entries(exitCodes)
    .filter(([, value]) => value === code)
    .map(([name]) => name)
    .join(", ");

/** The page. */
export const doctorPage = (): string =>
  [
    "# What the doctor looks at",
    "",
    "`vouchsafe-agent doctor` looks at everything that an update depends on and changes nothing. Each line is",
    "`ok`, a `warning` or a `failure`, and the latter two say what to do. Checks run side by side, each within ten",
    "seconds; one that cannot be made is a finding like any other. Started as root it reads what only root may read",
    "and then works as the service's user, so that it sees what the service sees. Names and passwords in addresses",
    "are never shown.",
    "",
    table(
      ["check", "looks at"],
      checks.map(({ id, title }) => [`\`${id}\``, title]),
    ),
    "",
    "## Exit code",
    "",
    "Without a failure it is 0, whatever the warnings. Else it is that of the first failure in this order (each",
    "failure bears a code of [errors](errors.md), which has a class):",
    "",
    table(
      ["exit code", "class"],
      exitOrder.filter((code) => code !== 0).map((code) => [String(code), classesOf(code)]),
    ),
    "",
    "With `--json` it prints one document: `result`, `counts`, `checks` (for each its `findings` with `severity`,",
    "`message`, `advice` and `code`), and `error`, the failure that the exit code is of.",
  ].join("\n");
