/** What AppArmor lets a confined program read, as far as its profiles' text tells. Pure. */

/** A message of the kernel about something that was denied. */
export interface Denial {
  readonly profile: string;
  readonly operation: string;
  readonly path: string;
}

const field = (line: string, name: string): string =>
  new RegExp(`(?:^|\\s)${name}="([^"]{0,4096})"`).exec(line)?.[1] ?? "";

/** A log line as a denial; undefined if it is none. */
export function parseDenial(line: string): Denial | undefined {
  if (field(line, "apparmor") !== "DENIED") return undefined;
  const [profile, operation] = [field(line, "profile"), field(line, "operation")];
  return { profile, operation, path: field(line, "name") };
}

/** Whether the kernel's list of profiles (`NAME (MODE)` a line) has one in the mode `enforce`. */
export function isEnforced(profiles: string, name: string): boolean {
  return profiles.split("\n").includes(`${name} (enforce)`);
}

const literal = (text: string): string => text.replaceAll(/[\\^$.|+()]/g, String.raw`\$&`);

/** A path pattern of AppArmor's (apparmor.d(5), globbing) as a regular expression. */
function patternOf(glob: string): RegExp | undefined {
  const parts = glob.match(/\*\*|[*?{},]|\[[^\]]*\]|[^*?{},[\]]+|./gs) ?? [];
  let depth = 0;
  const source = parts.map((part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part === "{") return depth++ >= 0 ? "(?:" : "";
    if (part === "}") return depth-- > 0 ? ")" : "";
    if (part === ",") return depth > 0 ? "|" : ",";
    return part.startsWith("[") ? part : literal(part);
  });
  try {
    return new RegExp(`^${source.join("")}$`, "s");
  } catch {
    return undefined;
  }
}

const ruleForm = /^\s*(?:owner\s+)?"?(\/[^\s"]{1,1000})"?\s+([a-zA-Z]{1,20}),/;

/**
 * Whether the text of a profile has a rule that lets a file be read. Variables and included files
 * are not followed: give all texts that count.
 */
export function letsRead(texts: readonly string[], path: string): boolean {
  return texts
    .flatMap((text) => text.split("\n"))
    .some((line) => {
      const [, glob = "", rights = ""] = ruleForm.exec(line) ?? [];
      return rights.includes("r") && patternOf(glob)?.test(path) === true;
    });
}
