/** The verbs of the service of Windows, as data (program.ts). */
import type { Verb } from "../../host/cli/types.ts";

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
    name: "service run",
    summary: "On Windows: what the service control manager starts; not for people",
    ...none,
    load: () => import("./service-run.ts"),
  },
];
