/** Metrics in Prometheus' text format 0.0.4, for the textfile collector of node_exporter. Pure. */
import type { MonitoredState } from "./facts.ts";
import { families, type Sample } from "./families.ts";

const escapedHelp = (text: string): string =>
  text.replaceAll("\\", String.raw`\\`).replaceAll("\n", String.raw`\n`);

const escapedLabel = (text: string): string => escapedHelp(text).replaceAll('"', String.raw`\"`);

function sampleLine(name: string, { labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapedLabel(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

/** The text; a metric without a number is left out. */
export function exposition(state: MonitoredState): string {
  const blocks = families.map(({ name, type, help, samples }) => {
    const lines = samples(state).map((sample) => sampleLine(name, sample));
    if (lines.length === 0) return "";
    return [`# HELP ${name} ${escapedHelp(help)}`, `# TYPE ${name} ${type}`, ...lines, ""].join(
      "\n",
    );
  });
  return blocks.join("");
}
