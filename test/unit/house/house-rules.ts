/** Rules for every source file that no linter here enforces by itself. */
import { type Source, withoutComments } from "./sources.ts";

const maxLines = 300;
const kebabCase = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/;

const unfinished = /\b(TODO|FIXME|XXX|HACK)\b/;
const focused = /\b(test|it|describe)\.(skip|only)\(/;
const untyped = /(:\s*any\b|<any\b|\bas any\b|\bany\[\]|\bas unknown as\b)/;
const silenced = /@ts-(ignore|expect-error|nocheck)|(ox|es)lint-disable/;

const withoutStrings = (text: string): string =>
  text.replaceAll(/(["'`])(?:\\.|(?!\1)[^\\\n])*\1/g, '""');

/** Every rule that one file breaks, as sentences. */
export const houseViolationsOf = ({ path, text }: Source): readonly string[] => {
  const code = withoutStrings(withoutComments(text));
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const checks: readonly [boolean, string][] = [
    [lines > maxLines, `has ${lines} lines, over ${maxLines}`],
    [!path.split("/").every((part) => kebabCase.test(part)), "has a name that is not kebab-case"],
    [unfinished.test(text), "is not finished: it carries a reminder"],
    [focused.test(code), "skips or singles out a test"],
    [/\.tsx?$/.test(path) && untyped.test(code), "gives up the type of a value"],
    [silenced.test(text), "silences a check"],
    [
      !/^\s*(\/\*|\/\/|#)/.test(text) && !path.includes(".test."),
      "does not say first what it is for",
    ],
  ];
  return checks.filter(([broken]) => broken).map(([, sentence]) => `${path} ${sentence}`);
};
