/** docs/config.md from the schema of agent.yaml. */
import { agentJsonSchema, type JsonSchema } from "./config-schema.ts";
import { table } from "./markdown.ts";

type Part = JsonSchema | boolean | undefined;

const isSchema = (part: Part): part is JsonSchema => typeof part === "object";

const code = (value: unknown): string =>
  `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;

/** The alternatives that a schema allows; itself if it has none. */
const alternatives = (schema: JsonSchema): readonly JsonSchema[] => {
  const parts: readonly Part[] = schema.oneOf ?? schema.anyOf ?? [schema];
  return parts.filter(isSchema);
};

const typeNames: Readonly<Record<string, string>> = {
  array: "list of text",
  boolean: "`true`, `false`",
  integer: "whole number",
  object: "section",
  string: "text",
};

const typeName = (schema: JsonSchema): string => {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (schema.type === "integer" && schema.minimum !== undefined) {
    return `${schema.minimum} to ${schema.maximum ?? "…"}`;
  }
  const types: readonly (string | undefined)[] = [schema.type].flat();
  return types.map((type) => typeNames[type ?? ""] ?? "").join(" or ");
};

const typesOf = (schema: JsonSchema): string =>
  [...new Set(alternatives(schema).map(typeName))].join(" or ");

const standing = (schema: JsonSchema, required: boolean): string => {
  if (required) return "required";
  const { default: value } = schema;
  return value === undefined || JSON.stringify(value) === "{}" ? "" : code(value);
};

/** A key of agent.yaml; the texts are Markdown. */
export interface ConfigKey {
  /** "repository.url" */
  readonly key: string;
  /** What it may be. */
  readonly types: string;
  /** "required", the default, or nothing. */
  readonly standing: string;
  readonly meaning: string;
}

/** One key and, after it, everything that it may hold. */
const keysOf = (key: string, schema: JsonSchema, required: boolean): ConfigKey[] => {
  const below = alternatives(schema).flatMap((part) => keysBelow(key, part));
  const [types, meaning] = [typesOf(schema), schema.description ?? ""];
  return [{ key, types, standing: standing(schema, required), meaning }, ...below];
};

const keysBelow = (prefix: string, schema: JsonSchema): ConfigKey[] => {
  const dot = prefix === "" ? "" : `${prefix}.`;
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, part]: [string, Part]) =>
    isSchema(part) && part.const === undefined
      ? keysOf(`${dot}${name}`, part, schema.required?.includes(name) ?? false)
      : [],
  );
  const free: Part = schema.additionalProperties;
  return isSchema(free) ? [...named, ...keysOf(`${dot}NAME`, free, false)] : named;
};

/** Every key, each before those that it holds. */
export const configKeys = (): readonly ConfigKey[] => keysBelow("", agentJsonSchema());

/** What is to be known about the file as a whole, in Markdown. */
export const configIntroduction = [
  "`/etc/vouchsafe/agent.yaml`, and over it `agent.d/*.yaml` beside it in name order. An unknown key is an",
  "error that names the nearest known one. Durations are written `30s`, `2m`, `1h`, `7d`; sizes `10MB`,",
  "`64KiB`. A list of text that names a program holds the program's path and its arguments; no shell is",
  "involved.",
].join("\n");

/** The page. */
export const configPage = (): string => {
  const rows = configKeys().map(({ key, types, standing: stands, meaning }) => [
    code(key),
    types,
    stands,
    meaning,
  ]);
  return [
    "# Agent configuration",
    "",
    `${configIntroduction} \`vouchsafe-agent config check\` tests a file; \`config/agent.schema.json\` is for editors, and`,
    "`config/examples/` has one file for each way of using a database, and for a console and relays.",
    "",
    table(["key", "value", "default", "meaning"], rows),
  ].join("\n");
};
