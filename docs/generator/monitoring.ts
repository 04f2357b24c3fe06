/** docs/monitoring.md from the rules of `status --check` and the list of metrics. */
import { families } from "../../agent/monitoring/families.ts";
import { rules, statuses } from "../../agent/monitoring/judge.ts";
import { fenced, table } from "./markdown.ts";

const line =
  "VOUCHSAFE OK - daily 2026-11-24; last good check 12 min ago|last_success_age=720s;;86400 daily_release_age=5040s daily_size=126000000B root_expires_in=26179200s;2592000:;0:";

/** The page. */
export const monitoringPage = (): string =>
  [
    "# Monitoring",
    "",
    "## Nagios, Icinga and the like",
    "",
    "`vouchsafe-agent status --check` judges what lies on the disk; neither the service nor the network is needed.",
    "It prints one line with performance data:",
    "",
    fenced(line),
    "",
    "and ends with the exit codes of monitoring plugins, which differ from those of every other command: " +
      `${statuses.map((status, code) => `${code} ${status}`).join(", ")}. With \`--json\` it prints one document.`,
    "",
    table(
      ["status", "when"],
      rules.map(({ status, when }) => [status, when]),
    ),
    "",
    "UNKNOWN means that it could not be found out: the configuration is wrong, or the state may not be read. The",
    "state belongs to the service's user, so let the monitor become that user (a line of sudoers):",
    "",
    fenced("nagios ALL=(vouchsafe) NOPASSWD: /usr/bin/vouchsafe-agent status --check *"),
    "",
    "## Prometheus",
    "",
    "With `metrics: { textfile: FILE }` the agent writes a file for node_exporter's textfile collector after each run:",
    "whole or not at all, readable by everybody. That it cannot be written is logged and changes nothing else. The",
    "service's sandbox must let it write there; a drop-in does (`systemctl edit vouchsafe-agent`):",
    "",
    fenced("[Service]\nReadWritePaths=/var/lib/prometheus/node-exporter", "ini"),
    "",
    "and the folder must be one that the user vouchsafe may write. Numbers that are not known are left out.",
    "",
    table(
      ["metric", "type", "meaning"],
      families.map(({ name, type, help }) => [`\`${name}\``, type, help]),
    ),
    "",
    "An alert that covers most of what can go wrong:",
    "",
    fenced(
      "time() - vouchsafe_last_success_timestamp_seconds > 86400\n  or vouchsafe_database_tampered == 1\n  or absent(vouchsafe_last_success_timestamp_seconds)",
      "promql",
    ),
  ].join("\n");
