/** Which runtimes are too old. */
import { expect, test } from "vitest";
import { nodeProblem } from "../../../host/node-check.ts";

test.each(["v24.0.0", "v24.21.0", "v25.1.0", "v100.0.0"])("%s will do", (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test.each(["v20.20.0", "v22.15.0", "v2.4.0", "v8.24.0"])("%s is too old", (version) => {
  expect(nodeProblem(version)).toBe(`Vouchsafe needs Node.js 24 or newer; this is ${version}.`);
});
