import { expect, test } from "vitest";
import { isOlderVersion } from "../../../agent/policy/version-order.ts";

test.each([
  ["1.2.0", "1.10.0", true],
  ["1.10.0", "1.2.0", false],
  ["1.2.0", "1.2.0", false],
  ["1.2", "1.2.1", true],
  ["2.0.0-rc.1", "2.0.0", true],
  ["2.0.0", "2.0.0-rc.1", false],
  ["2.0.0-rc.2", "2.0.0-rc.10", true],
  ["2.0.0-alpha", "2.0.0-beta", true],
  ["1.0.0+build.5", "1.0.0", false],
])("agent %s is older than %s: %s", (ours, needed, older) => {
  expect(isOlderVersion(ours, needed)).toBe(older);
});
