import { describe, expect, test } from "vitest";
import { defaultPlaces } from "../../../agent/config/defaults.ts";
import { agentSchema } from "../../../agent/config/schema.ts";
import { loadYamlConfig } from "../../../host/config/load.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { readSources, root } from "../../unit/house/sources.ts";

const schema = agentSchema(defaultPlaces("linux", {}));
const shipped = readSources(/^config\/.*\.yaml$/).map(({ path }) => path);

describe("configuration that is shipped", () => {
  test("has the installed file and an example for each consumer", () => {
    expect(shipped).toContain("config/agent.yaml");
    for (const consumer of ["none", "command", "clamav", "suricata"]) {
      expect(shipped).toContain(`config/examples/${consumer}.yaml`);
    }
  });

  test.each(shipped)("%s is valid", async (path) => {
    const config = await loadYamlConfig(nodeFileSystem, `${root}/${path}`, schema);
    expect(Object.keys(config.databases)).not.toEqual([]);
  });
});
