/** From the schema library's issues to one sentence: key, what is wrong, nearest known key. */
import type { core } from "zod/mini";
import { nearest } from "../cli/nearest.ts";

/** What is wrong with a configuration, and where. */
export interface ConfigProblem {
  readonly keys: readonly PropertyKey[];
  readonly message: string;
}

/** The keys that a schema knows at a path; nothing where it takes any. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  const def = definitionOf(schema);
  if (def === undefined) return [];
  if ("innerType" in def) return knownKeys(def["innerType"], path);
  if (def["type"] === "pipe") return knownKeys(def["in"], path);
  if (Array.isArray(def["options"])) {
    return def["options"].flatMap((option: unknown) => knownKeys(option, path));
  }
  const [head, ...rest] = path;
  if (isRecord(def["shape"])) {
    return head === undefined
      ? Object.keys(def["shape"])
      : knownKeys(def["shape"][String(head)], rest);
  }
  if (head === undefined) return [];
  return knownKeys(def["valueType"] ?? def["element"], rest);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** What a schema is made from, whether it was built with zod or with zod/mini. */
function definitionOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isRecord(schema) || !isRecord(schema["_zod"])) return undefined;
  const def: unknown = schema["_zod"]["def"];
  return isRecord(def) ? def : undefined;
}

/** A path of keys as people write it: `databases.daily.keep`, `urls[0]`. */
export function keyPath(keys: readonly PropertyKey[]): string {
  return keys
    .map((key, index) =>
      typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`,
    )
    .join("");
}

/** The deepest issue inside a union: the branch that the writer most likely meant. */
function innermost(issue: core.$ZodIssue): core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const branches = issue.errors
    .map(mostTelling)
    .filter((first) => first !== undefined)
    .map((first) => innermost({ ...first, path: [...issue.path, ...first.path] }));
  const deepest = branches.toSorted((a, b) => b.path.length - a.path.length)[0];
  if (deepest !== undefined && deepest.path.length > issue.path.length) return deepest;
  // A branch that took the value's type, and then found fault with it, says more than the union.
  return branches.find(({ code }) => code === "custom") ?? issue;
}

/** An unknown key before anything else: the key it was meant to be is then reported as missing. */
function mostTelling(issues: readonly core.$ZodIssue[]): core.$ZodIssue | undefined {
  return issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
}

/** The most telling of a schema's issues as a problem. */
export function explainIssues(
  schema: core.$ZodType,
  issues: readonly core.$ZodIssue[],
): ConfigProblem {
  const first = mostTelling(issues);
  if (first === undefined) return { keys: [], message: "is not acceptable" };
  const issue = innermost(first);
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const keys = [...issue.path, key];
    const near = nearest(key, knownKeys(schema, issue.path));
    const meant = near === undefined ? "" : `; did you mean "${near}"`;
    return { keys, message: `unknown key "${keyPath(keys)}"${meant}` };
  }
  const name = keyPath(issue.path);
  const why = plainWords(issue.message);
  return { keys: issue.path, message: name === "" ? why : `"${name}": ${why}` };
}

/** The library's message in the words of whoever writes YAML. */
function plainWords(message: string): string {
  if (message.endsWith(", received undefined")) return "is missing";
  if (/^Invalid input: .*, received null$/.test(message)) return "has no value";
  return message
    .replace(/^Invalid (input|option): /, "")
    .replace(/\bobject\b/g, "a map")
    .replace(/\barray\b/g, "a list")
    .replace(/\.$/, "");
}
