/** Small pieces of Markdown. */

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

/** A table; pipes and line ends in cells are taken care of. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");

/** A fenced block of text. */
export const fenced = (text: string, language = "text"): string =>
  `\`\`\`${language}\n${text}\n\`\`\``;
