/** config/agent.schema.json: what editors use to check and complete agent.yaml. */
import { type core, toJSONSchema } from "zod/mini";
import { defaultPlaces } from "../../agent/config/defaults.ts";
import { agentSchema } from "../../agent/config/schema.ts";

/** A JSON Schema as zod makes it. */
export type JsonSchema = core.JSONSchema.BaseSchema;

/** Leaves out the bounds that only say "a number that JavaScript can count to". */
const dropSafeBounds = (schema: JsonSchema): void => {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
};

/**
 * The schema of agent.yaml as a person writes it, with Linux' places as defaults. Rules that JSON
 * Schema cannot say (absolute paths, durations) are checked by the agent only.
 */
export const agentJsonSchema = (): JsonSchema => ({
  title: "Vouchsafe agent configuration (agent.yaml)",
  ...toJSONSchema(agentSchema(defaultPlaces("linux", {})), {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => dropSafeBounds(jsonSchema),
  }),
});
