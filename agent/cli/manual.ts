/** What the agent's manual tells beyond its commands. */
import type { Program } from "../../host/cli/types.ts";

/** For the Program value. */
export const agentManual = {
  aliases: ["agent"],
  description:
    "The agent fetches releases of databases from a repository, verifies each byte against what was signed and publicly logged, and moves the pointer `current` only to a whole generation that its consumer takes. If the consumer does not load it, the agent goes back.\n\n" +
    "It runs as a service (vouchsafe-agent run), or now and then from a timer (vouchsafe-agent update).",
  files: [
    {
      name: "/etc/vouchsafe/agent.yaml",
      summary: "The configuration; agent.d/*.yaml is laid over it",
    },
    { name: "/etc/vouchsafe/root.json", summary: "The vendor's bootstrap root" },
    {
      name: "/var/lib/vouchsafe/databases/NAME/current/",
      summary: "The live generation of a database: consumers read here",
    },
    { name: "/var/lib/vouchsafe", summary: "Everything that the agent keeps" },
    { name: "/run/vouchsafe/agent.sock", summary: "Control socket of the service" },
  ],
  environment: [
    {
      name: "HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
      summary: "The proxy, where transfer.proxy is env",
    },
  ],
  listedBy: { DATABASE: "config databases" },
} as const satisfies Pick<
  Program,
  "aliases" | "description" | "files" | "environment" | "listedBy"
>;
