/** The verbs of the service of Windows, as data (program.ts). */
import type { OptionSpec, Verb } from "../../host/cli/types.ts";

const first = {
  repository: { type: "string", value: "URL", summary: "Base address of the repository" },
  databases: { type: "string", value: "NAMES", summary: "Names of databases, by commas" },
  "root-file": {
    type: "string",
    value: "FILE",
    summary: "The vendor's root.json, which is copied (default: the one that is there)",
  },
  console: { type: "string", value: "URL", summary: "The console to report to" },
  "token-file": {
    type: "string",
    value: "FILE",
    summary: "File with a one-time token, which is copied: the first check enrols with it",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const purge = {
  yes: { type: "boolean", summary: "Yes, remove all of it" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const none = { positionals: [], options: {} } as const;

export const serviceVerbs: readonly Verb[] = [
  {
    name: "service install",
    summary: "On Windows: register this program as a service that starts with the machine",
    description:
      "Delayed start, started again after a failure, and given time to end when the machine is shut down. The package has done it already. With --config the service reads that file.",
    ...none,
    load: () => import("./service-install.ts"),
  },
  {
    name: "service uninstall",
    summary: "On Windows: stop the service and take it out; the state stays",
    ...none,
    load: () => import("./service-uninstall.ts"),
  },
  {
    name: "service start",
    summary: "On Windows: start the service, and wait until it runs",
    ...none,
    load: () => import("./service-start.ts"),
  },
  {
    name: "service stop",
    summary: "On Windows: stop the service, and wait until what it was doing has ended",
    ...none,
    load: () => import("./service-stop.ts"),
  },
  {
    name: "service status",
    summary: "On Windows: show whether the service is installed, and runs",
    ...none,
    load: () => import("./service-status.ts"),
  },
  {
    name: "service configure",
    summary: "On Windows: write a first configuration; one that is there is never touched",
    description:
      "What the package does with its properties REPOSITORYURL, DATABASES, ROOTFILE, CONSOLEURL and TOKENFILE. Bootstrap root and token are copied into the folder of the configuration, which is closed to all but administrators. Why it was refused is in the event log, too.",
    positionals: [],
    options: first,
    examples: [
      "vouchsafe-agent service configure --repository https://updates.example.com/ --databases daily --root-file root.json",
    ],
    load: () => import("./service-configure.ts"),
  },
  {
    name: "service purge",
    summary: "On Windows: stop the service; remove configuration, state and databases",
    description:
      "What the package does when it is removed with PURGE=1: the folder Vouchsafe below ProgramData goes, whatever the configuration says of other places. Links in it are removed, not followed; a folder of somebody else's is refused.",
    positionals: [],
    options: purge,
    load: () => import("./service-purge.ts"),
  },
  {
    name: "service run",
    summary: "On Windows: what the service control manager starts; not for people",
    ...none,
    load: () => import("./service-run.ts"),
  },
];
