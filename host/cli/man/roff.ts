/**
 * roff, the language of man pages, as far as they need it: escaped text and the macros of man(7).
 * Text that was escaped is shown as it is, whatever it holds, and can be copied into a shell.
 */

const named: Readonly<Record<string, string>> = {
  "\\": "\\(rs",
  "-": "\\-", // a bare one may become a typographic hyphen
  '"': "\\(dq",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

const escapeCharacter = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return named[character] ?? `\\[u${code.toString(16).toUpperCase().padStart(4, "0")}]`;
};

/** One line as roff shows it literally; a full stop at its start is no request. */
export const escapeLine = (line: string): string =>
  line.replaceAll(/[\\\-"'`^~]|[^\u0020-\u007e]/gu, escapeCharacter).replace(/^\./, "\\&.");

/** Running text, in which line ends and repeated spaces mean nothing. */
export const escapeText = (text: string): string => escapeLine(text.trim().replaceAll(/\s+/g, " "));

/** Bold, for words that are typed as they are. */
export const bold = (text: string): string => `\\fB${escapeText(text)}\\fR`;

/** Italic, for words that stand for something else. */
export const italic = (text: string): string => `\\fI${escapeText(text)}\\fR`;

/** Running text in which words between backticks are bold. */
export const markedText = (text: string): string =>
  text
    .trim()
    .replaceAll(/\s+/g, " ")
    .split("`")
    .map((part, index) => (index % 2 === 1 ? bold(part) : escapeLine(part)))
    .join("");

/** A section with a heading, if it holds anything. */
export const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`.SH ${escapeText(title)}`, ...lines];

/** Paragraphs, which an empty line parts in the text. */
export const paragraphs = (text: string): readonly string[] =>
  text
    .split(/\n\s*\n/)
    .flatMap((part, index) => [...(index === 0 ? [] : [".PP"]), markedText(part)]);

/** A term and, indented under it, what it means; both are roff already. */
export const entry = (term: string, meaning: string): readonly string[] => [".TP", term, meaning];

/** Lines as they are, such as an example. */
export const verbatim = (lines: readonly string[]): readonly string[] => [
  ".RS 4",
  ".EX",
  ...lines.map(escapeLine),
  ".EE",
  ".RE",
];
