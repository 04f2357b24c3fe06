/**
 * The agent's command line as data (design.md, Command line). Each verb's code is loaded when it
 * is called. Help, docs/cli.md and shell completion are made from this value.
 */
import type { OptionSpec, PositionalSpec, Program } from "../../host/cli/types.ts";
import { versionInfo } from "../../host/version.ts";
import { agentManual } from "./manual.ts";
import { serviceVerbs } from "./program-service.ts";

const databases: PositionalSpec = {
  name: "DATABASE",
  summary: "Only these databases; all that are configured if none is named",
  many: true,
};

const update = {
  now: { type: "boolean", summary: "Check at once instead of after the schedule's jitter" },
  force: { type: "boolean", summary: "Do not wait for a rollout; never overrides a quarantine" },
  plan: { type: "boolean", summary: "Say what would be done and why; change nothing" },
  events: {
    type: "boolean",
    summary: "Work in this process and print each step as a line of JSON (for the service)",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const status = {
  check: { type: "boolean", summary: "Judge, for Nagios, Icinga and the like" },
  "max-age": {
    type: "string",
    value: "DURATION",
    summary: "With --check: how old the last good check may be (default: 24h)",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const diagnostics = {
  output: {
    type: "string",
    short: "o",
    value: "FILE",
    required: true,
    summary: "The archive to write, such as ticket.tar.gz",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const enroll = {
  console: { type: "string", value: "URL", summary: "The console (default: console.url)" },
  "token-file": {
    type: "string",
    value: "FILE",
    required: true,
    summary: 'File with the one-time token; "-" for standard input',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The program `vouchsafe-agent`. */
export const agentProgram: Program = {
  name: "vouchsafe-agent",
  summary: "verified updates of security databases on this machine",
  ...agentManual,
  version: versionInfo,
  verbs: [
    {
      name: "update",
      summary: "Check for new releases and install them",
      description:
        "Through the service if one runs, else in this process under the same lock. With --json it prints one document with result, databases and error.",
      positionals: [databases],
      options: update,
      examples: ["vouchsafe-agent update --now", "vouchsafe-agent update --now --plan --json"],
      load: () => import("./update.ts"),
    },
    {
      name: "status",
      summary: "Show what is installed, and how the last check ended",
      description:
        "With --check it prints one line as a monitoring plugin does, and ends with that convention's exit codes; see docs/monitoring.md. Neither the service nor the network is needed.",
      positionals: [],
      options: status,
      examples: ["vouchsafe-agent status", "vouchsafe-agent status --check --max-age 6h"],
      exitCodes: [
        { code: 0, meaning: "with --check: OK" },
        { code: 1, meaning: "with --check: WARNING" },
        { code: 2, meaning: "with --check: CRITICAL" },
        { code: 3, meaning: "with --check: UNKNOWN, it could not be found out" },
      ],
      load: () => import("./status.ts"),
    },
    {
      name: "verify",
      summary: "Compare installed files with what was signed",
      description: "A difference ends with exit code 3; the next update repairs it.",
      positionals: [databases],
      options: {
        deep: { type: "boolean", summary: "Check older generations on the disk too" },
      },
      examples: ["vouchsafe-agent verify daily --deep"],
      load: () => import("./verify.ts"),
    },
    {
      name: "rollback",
      summary: "Go back to a generation on the disk, and quarantine the one that is left",
      positionals: [{ name: "DATABASE", summary: "The database", required: true }],
      options: {
        to: {
          type: "string",
          value: "RELEASE",
          summary: "Version or label to go back to (default: the previous one)",
        },
      },
      examples: ["vouchsafe-agent rollback daily --to 41"],
      load: () => import("./rollback.ts"),
    },
    {
      name: "hold",
      summary: "Keep a database as it is, whatever is released",
      description:
        "Checks go on and say with exit code 8 what is held; damage is repaired. A hold ends by itself after --for, or with unhold.",
      positionals: [{ name: "DATABASE", summary: "The database", required: true }],
      options: {
        reason: { type: "string", value: "TEXT", required: true, summary: "Why, in one line" },
        for: { type: "string", value: "DURATION", summary: "How long, such as 24h (1m to 366d)" },
      },
      examples: ['vouchsafe-agent hold daily --reason "audit of the mail servers" --for 24h'],
      load: () => import("./hold.ts"),
    },
    {
      name: "unhold",
      summary: "Let a held database move again",
      positionals: [{ name: "DATABASE", summary: "The database", required: true }],
      options: {},
      load: () => import("./unhold.ts"),
    },
    {
      name: "import",
      summary: "Update from a bundle, on a machine without a network",
      description:
        "The bundle goes through the same verification as a repository; one that is older than what this machine has seen is refused. Only the expiry of its timestamp is waived, up to import.maxAge after it was made.",
      positionals: [
        { name: "BUNDLE", summary: "The file, or - for standard input", required: true },
      ],
      options: {
        plan: { type: "boolean", summary: "Only say what would be done and why" },
        force: { type: "boolean", summary: "Skip the rollout too" },
      },
      examples: ["vouchsafe-agent import /media/usb/2026-11-24.tar"],
      load: () => import("./import.ts"),
    },
    {
      name: "history",
      summary: "Show what was installed, refused and reverted, oldest first",
      positionals: [databases],
      options: {
        verify: {
          type: "boolean",
          summary: "Check that no line was changed, removed or added (else exit code 3)",
        },
      },
      load: () => import("./history.ts"),
    },
    {
      name: "doctor",
      summary: "Look at everything that an update depends on, and say what to do",
      description:
        "Mirrors, console, proxy, certificates, clock, trust, owners and modes, free space, service, consumers, enrolment: each line is ok, a warning or a failure (docs/doctor.md). Changes nothing. Without a failure it ends with 0, else with the code of the first failure in the order 3, 6, 5, 4, 1, 2, 7, 8.",
      positionals: [],
      options: {},
      examples: ["vouchsafe-agent doctor", "vouchsafe-agent doctor --json"],
      load: () => import("./doctor.ts"),
    },
    {
      name: "diagnostics",
      summary: "Write one redacted archive for a ticket",
      description:
        "A gzipped tar with a MANIFEST.txt: what the doctor finds, configuration, versions, status, history, log, trusted metadata, the list of the state folder and facts about the machine. Passwords, keys and tokens are taken out, and the host's name if console.privacy hides it. It is at most 10 MB, readable by the caller alone, and never overwrites a file.",
      positionals: [],
      options: diagnostics,
      examples: ["vouchsafe-agent diagnostics -o ticket-4711.tar.gz"],
      load: () => import("./diagnostics.ts"),
    },
    {
      name: "enroll",
      summary: "Introduce this machine to a console, with a one-time token",
      positionals: [],
      options: enroll,
      examples: [
        "vouchsafe-agent enroll --console https://console.example.com --token-file /root/token",
      ],
      load: () => import("./enroll.ts"),
    },
    {
      name: "run",
      summary: "Be the service: check by schedule, listen on the control socket",
      description:
        "Stays in the foreground and logs as the configuration says. SIGTERM lets a running update end first; SIGHUP reads the configuration again.",
      positionals: [],
      options: {},
      load: () => import("./run.ts"),
    },
    {
      name: "serve",
      summary: "Hand verified files and metadata to neighbours on the network, as a relay",
      description:
        "Stays in the foreground and serves what the section `relay` of the configuration allows (docs/relay.md): committed generations and verified metadata, read-only. SIGTERM and Ctrl-C let answers that are under way end first. vouchsafe-agent-relay.service starts it.",
      positionals: [],
      options: {},
      examples: ["vouchsafe-agent serve --verbose"],
      load: () => import("./serve.ts"),
    },
    ...serviceVerbs,
    {
      name: "config check",
      summary: "Test the configuration and the files that it names",
      positionals: [],
      options: {},
      load: () => import("./config-check.ts"),
    },
    {
      name: "config show",
      summary: "Print the configuration with all defaults filled in",
      positionals: [],
      options: {},
      load: () => import("./config-show.ts"),
    },
    {
      name: "config databases",
      summary: "Print the names of the configured databases, one a line",
      positionals: [],
      options: {},
      load: () => import("./config-databases.ts"),
    },
  ],
};
