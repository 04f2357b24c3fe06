/** Role names that are no file names (the public suite's group `quoting_issues`). */
import { expect, test } from "vitest";
import { initialised } from "./runner.ts";

test.each(["?", "#", "/delegatedrole", "../delegatedrole"])(
  "test_unusual_role_name[%s]",
  async (role) => {
    const { repo, client } = await initialised();
    repo.addDelegation("targets", { name: role });
    repo.addKey(role, undefined, "targets");
    repo.publish(role, "targets", "snapshot", "timestamp");
    expect(await client.download("nonexistent target")).toBe(1);
    expect(repo.requests).toContain(`${encodeURIComponent(role)} 1`);
    expect(await client.trusted()).toHaveLength(5);
  },
);
