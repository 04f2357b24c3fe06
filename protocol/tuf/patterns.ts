/**
 * Path patterns (TUF 4.5, PATHPATTERN): shell-style, segment by segment, so that no wildcard ever
 * matches a slash. They mean what they mean to the reference implementation (`fnmatch` with
 * case): `*`, `?`, and sets such as `[a-z]` or `[!0-9]`. Everything else is literal, braces and
 * backslashes too. A pattern that two clients read differently would let a role speak where its
 * delegator did not mean it to.
 */

/** One element of a segment: any run of characters, or one character that passes. */
type Element = "run" | ((character: string) => boolean);

const any = (): boolean => true;

/** The set that begins after `[` at `start`, and where it ends; undefined when it never closes. */
function setAt(
  characters: readonly string[],
  start: number,
): { readonly passes: (character: string) => boolean; readonly end: number } | undefined {
  const negated = characters[start] === "!";
  const first = negated ? start + 1 : start;
  // A bracket right at the beginning belongs to the set.
  const end = characters.indexOf("]", first + 1);
  if (end < 0) return undefined;
  const ranges: (readonly [number, number])[] = [];
  for (let at = first; at < end; at += 1) {
    const from = characters[at]?.codePointAt(0) ?? 0;
    if (characters[at + 1] === "-" && at + 2 < end) {
      ranges.push([from, characters[at + 2]?.codePointAt(0) ?? 0]);
      at += 2;
    } else {
      ranges.push([from, from]);
    }
  }
  const passes = (character: string) => {
    const code = character.codePointAt(0) ?? 0;
    return ranges.some(([low, high]) => low <= code && code <= high) !== negated;
  };
  return { passes, end };
}

function elementsOf(segment: string): readonly Element[] {
  const characters = Array.from(segment);
  const elements: Element[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? "";
    const set = character === "[" ? setAt(characters, at + 1) : undefined;
    if (set !== undefined) {
      elements.push(set.passes);
      at = set.end;
    } else if (character === "*") {
      if (elements.at(-1) !== "run") elements.push("run");
    } else {
      elements.push(character === "?" ? any : (other) => other === character);
    }
  }
  return elements;
}

/** Greedy with one step back to the last run: at worst the product of both lengths, no more. */
function segmentMatches(elements: readonly Element[], characters: readonly string[]): boolean {
  let e = 0;
  let c = 0;
  let run = -1;
  let mark = 0;
  while (c < characters.length) {
    const element = elements[e];
    if (element === "run") {
      run = e;
      mark = c;
      e += 1;
    } else if (element?.(characters[c] ?? "") === true) {
      e += 1;
      c += 1;
    } else if (run >= 0) {
      e = run + 1;
      mark += 1;
      c = mark;
    } else {
      return false;
    }
  }
  if (elements[e] === "run") e += 1;
  return e === elements.length;
}

/** A pattern made ready to be asked often. */
export interface PathPattern {
  readonly matches: (path: string) => boolean;
  /** Whether it can match any path that lies somewhere below that top folder. */
  readonly reaches: (folder: string) => boolean;
}

/** Makes a pattern ready. */
export function pathPattern(pattern: string): PathPattern {
  const segments = pattern.split("/");
  // What stands before the first wildcard decides most questions at once.
  const wildcard = pattern.search(/[*?[]/);
  const fixed = wildcard < 0 ? pattern : pattern.slice(0, wildcard);
  const elements = segments.map(elementsOf);
  const [top = []] = elements;
  return {
    matches: (path) => {
      if (wildcard < 0) return path === pattern;
      if (!path.startsWith(fixed)) return false;
      const parts = path.split("/");
      return (
        parts.length === elements.length &&
        elements.every((part, index) => segmentMatches(part, Array.from(parts[index] ?? "")))
      );
    },
    reaches: (folder) => elements.length > 1 && segmentMatches(top, Array.from(folder)),
  };
}

/** Whether a pattern matches a path. */
export function patternMatches(pattern: string, path: string): boolean {
  return pathPattern(pattern).matches(path);
}
