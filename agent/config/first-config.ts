/** The text of a first agent.yaml, as an installer writes it from what it was given. Pure. */

/** What a first configuration says. */
export interface FirstConfig {
  readonly repository: string;
  readonly databases: readonly string[];
  readonly console?: { readonly url: string; readonly tokenFile?: string };
  readonly logFile: string;
}

/** A string of JSON is one of YAML, whatever stands in it. */
const quoted = (text: string): string => JSON.stringify(text);

/** The text; whether its values are good is for the loader to say. */
export function firstConfigText(config: FirstConfig): string {
  const { repository, databases, console: told, logFile } = config;
  const lines = [
    "# Vouchsafe agent, as it was first set up. Every key is described in docs/config.md; files in",
    "# agent.d beside this one are merged over it.",
    "repository:",
    `  url: ${quoted(repository)}`,
    "databases:",
    ...databases.map((name) => `  ${quoted(name)}: { consumer: { type: none } }`),
  ];
  if (told !== undefined) lines.push("console:", `  url: ${quoted(told.url)}`);
  if (told?.tokenFile !== undefined) lines.push(`  tokenFile: ${quoted(told.tokenFile)}`);
  lines.push(`log: { level: info, target: { file: ${quoted(logFile)} } }`);
  return `${lines.join("\n")}\n`;
}
