/** Small pieces of Markdown. */

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

/** A table; pipes and line ends in cells are taken care of. `---` is left, `--:` right. */
export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  rules: readonly string[] = head.map(() => "---"),
): string => [line(head), line(rules), ...rows.map(line)].join("\n");

/** A fenced block of text. */
export const fenced = (text: string, language = "text"): string =>
  `\`\`\`${language}\n${text}\n\`\`\``;
