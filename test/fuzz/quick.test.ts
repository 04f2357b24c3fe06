/** Every law for a moment, with a fixed seed; `npm run fuzz` runs them long, with any seed. */
import { expect, test } from "vitest";
import { ownProperties } from "./properties.ts";

test.each(ownProperties.map((property) => [property.name, property.law, property] as const))(
  "%s: %s",
  async (_name, _law, property) => {
    const { cases, failure } = await property.run({ seed: 2026, milliseconds: 2000 });
    expect(failure).toBeUndefined();
    expect(cases).toBeGreaterThan(10);
  },
);
