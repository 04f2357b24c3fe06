/** From the schema library's issues to one sentence: key, what is wrong, nearest known key. */
import { z } from "zod";
import { suggestion } from "../cli/nearest.ts";

/** What is wrong with a configuration, and where. */
export interface ConfigProblem {
  readonly keys: readonly PropertyKey[];
  readonly message: string;
}

/** The keys that a schema knows at a path; nothing where it takes any. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return knownKeys(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return knownKeys(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodPipe) return knownKeys(schema.in, path);
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => knownKeys(option, path));
  }
  const [head, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    if (head === undefined) return Object.keys(schema.shape);
    return knownKeys(schema.shape[String(head)], rest);
  }
  if (head === undefined) return [];
  if (schema instanceof z.ZodRecord) return knownKeys(schema.valueType, rest);
  if (schema instanceof z.ZodArray) return knownKeys(schema.element, rest);
  return [];
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
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const branches = issue.errors
    .map((branch) => branch[0])
    .filter((first) => first !== undefined)
    .map((first) => innermost({ ...first, path: [...issue.path, ...first.path] }));
  const deepest = branches.toSorted((a, b) => b.path.length - a.path.length)[0];
  return deepest !== undefined && deepest.path.length > issue.path.length ? deepest : issue;
}

/** The first issue as a problem. */
export function explainIssue(schema: z.ZodType, found: z.core.$ZodIssue): ConfigProblem {
  const issue = innermost(found);
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const keys = [...issue.path, key];
    const meant = suggestion(key, knownKeys(schema, issue.path)).trimStart().replace(/\?$/, "");
    return {
      keys,
      message: `unknown key "${keyPath(keys)}"${meant === "" ? "" : `; ${meant.replace("Did you mean", "did you mean")}`}`,
    };
  }
  const name = keyPath(issue.path);
  const why = issue.message.replace(/^Invalid input: /, "").replace(/\.$/, "");
  return { keys: issue.path, message: name === "" ? why : `"${name}": ${why}` };
}
