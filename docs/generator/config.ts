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

/** The rows of one key and, under it, of everything that it may hold. */
const rowsOf = (key: string, schema: JsonSchema, required: boolean): string[][] => {
  const below = alternatives(schema).flatMap((part) => rowsBelow(key, part));
  const row = [code(key), typesOf(schema), standing(schema, required), schema.description ?? ""];
  return [row, ...below];
};

const rowsBelow = (prefix: string, schema: JsonSchema): string[][] => {
  const dot = prefix === "" ? "" : `${prefix}.`;
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, part]: [string, Part]) =>
    isSchema(part) && part.const === undefined
      ? rowsOf(`${dot}${name}`, part, schema.required?.includes(name) ?? false)
      : [],
  );
  const free: Part = schema.additionalProperties;
  return isSchema(free) ? [...named, ...rowsOf(`${dot}NAME`, free, false)] : named;
};

/** The page. */
export const configPage = (): string =>
  [
    "# Agent configuration",
    "",
    "`/etc/vouchsafe/agent.yaml`, and over it `agent.d/*.yaml` beside it in name order. An unknown key is an",
    "error that names the nearest known one. Durations are written `30s`, `2m`, `1h`, `7d`; sizes `10MB`,",
    "`64KiB`. A list of text that names a program holds the program's path and its arguments; no shell is",
    "involved. `vouchsafe-agent config check` tests a file; `config/agent.schema.json` is for editors, and",
    "`config/examples/` has one file for each way of using a database.",
    "",
    table(["key", "value", "default", "meaning"], rowsBelow("", agentJsonSchema())),
  ].join("\n");
