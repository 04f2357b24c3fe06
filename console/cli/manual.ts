/** What the console's manual tells beyond its commands. */
import type { Program } from "../../host/cli/types.ts";

/** For the Program value. */
export const consoleManual = {
  description:
    "The console takes signed status reports from agents and shows the fleet: each machine, the release of each of its databases and its age, and when it was last heard of. It holds no key that could change a database, and agents update just as well without it.",
  files: [
    {
      name: "/var/lib/vouchsafe-console/console.sqlite",
      summary: "Everything that the console keeps, where --data does not say otherwise",
    },
  ],
} as const satisfies Pick<Program, "description" | "files">;
