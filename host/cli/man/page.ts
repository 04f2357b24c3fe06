/** A man page: its frame, and what the pages of programs and of files have in common. */
import { bold, escapeText, section } from "./roff.ts";

/** A page, ready to be written to `NAME.SECTION`. */
export interface ManPage {
  readonly name: string;
  /** 1 for commands, 5 for files. */
  readonly section: 1 | 5;
  readonly text: string;
}

/** What every page tells of the build. */
export interface ManEdition {
  readonly version: string;
  /** Day of the commit, "2026-11-24"; empty if it is not known. */
  readonly date: string;
}

/** Another page. */
export type ManReference = Pick<ManPage, "name" | "section">;

/** A page under construction. */
export interface ManContent extends ManReference {
  /** One line, without a full stop. */
  readonly summary: string;
  /** The sections between NAME and SEE ALSO, as roff. */
  readonly body: readonly string[];
  readonly seeAlso: readonly ManReference[];
}

const quoted = (text: string): string => `"${escapeText(text)}"`;

const reference = ({ name, section: number }: ManReference): string => `${bold(name)}(${number})`;

/** A first letter that is small: a page's name line is no sentence. */
const small = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;

/** Puts a page together. */
export const manPage = (content: ManContent, { version, date }: ManEdition): ManPage => {
  const { name, section: number, summary, body, seeAlso } = content;
  const [title, source] = [name.toUpperCase(), `Vouchsafe ${version}`].map(quoted);
  const lines = [
    '.\\" Generated from the program: do not edit.',
    `.TH ${title} ${number} "${date}" ${source} "Vouchsafe"`,
    ".nh", // no word is parted: names of commands would look like other ones
    ".ad l",
    ...section("NAME", [`${escapeText(name)} \\- ${escapeText(small(summary))}`]),
    ...body,
    ...section(
      "SEE ALSO",
      [seeAlso.map(reference).join(", ")].filter((line) => line !== ""),
    ),
  ];
  return { name, section: number, text: `${lines.join("\n")}\n` };
};
