/** Everything that is generated from the code. */
import { cliPage } from "./cli.ts";
import { configPage } from "./config.ts";
import { agentJsonSchema } from "./config-schema.ts";
import { doctorPage } from "./doctor.ts";
import { errorsPage } from "./errors.ts";
import { monitoringPage } from "./monitoring.ts";
import { updatePage } from "./update.ts";

const notice = "<!-- Generated from the code by `npm run docs`: do not edit. -->";

const page = (text: string): string => `${notice}\n\n${text}\n`;

/** Path (relative to the project) and text of each generated file. */
export const generatedPages = (): Readonly<Record<string, string>> => ({
  "docs/errors.md": page(errorsPage()),
  "docs/cli.md": page(cliPage()),
  "docs/config.md": page(configPage()),
  "docs/doctor.md": page(doctorPage()),
  "docs/monitoring.md": page(monitoringPage()),
  "docs/update.md": page(updatePage()),
  "config/agent.schema.json": `${JSON.stringify(agentJsonSchema(), null, 2)}\n`,
});
