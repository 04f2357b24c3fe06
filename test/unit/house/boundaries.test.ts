import { describe, expect, test } from "vitest";
import { violationsOf } from "./boundary-rules.ts";
import { importsOf } from "./imports.ts";
import { readSources } from "./sources.ts";

describe("who may import whom", () => {
  test("no file of the product breaks a rule", () => {
    const product = readSources(/^(agent|publisher|console|auditor|host|protocol)\/.*\.(ts|tsx)$/);
    expect(product.length).toBeGreaterThan(10);
    expect(product.flatMap(violationsOf)).toEqual([]);
  });

  test.each([
    ["protocol imports a program's file", "protocol/a.ts", `import { a } from "../host/b.ts";`],
    ["protocol reads the disk", "protocol/tuf/a.ts", `import { open } from "node:fs/promises";`],
    ["protocol takes a package", "protocol/a.ts", `import { parse } from "yaml";`],
    ["protocol looks at the clock", "protocol/a.ts", "export const now = () => Date.now();"],
    ["protocol makes up randomness", "protocol/a.ts", "export const r = () => Math.random();"],
    ["host imports a program", "host/a.ts", `import { b } from "../agent/config/b.ts";`],
    ["one program imports another", "agent/cli/a.ts", `import { b } from "../../console/b.ts";`],
    ["a program imports a test", "console/a.ts", `import { b } from "../test/testkit/b.ts";`],
    ["update knows of report", "agent/update/a.ts", `import { b } from "../report/b.ts";`],
    ["update knows of the daemon", "agent/update/a.ts", `export { b } from "../daemon/b.ts";`],
    ["trust knows of update", "agent/trust/a.ts", `const b = await import("../update/b.ts");`],
    ["report knows of update", "agent/report/a.ts", `import type { B } from "../update/b.ts";`],
    ["the daemon knows of a verb", "agent/daemon/a.ts", `import "../cli/b.ts";`],
    ["a second way to the network", "agent/transfer/a.ts", `const { got } = await import("got");`],
    ["a raw write", "agent/store/a.ts", "await writeFile(path, bytes);"],
  ])("refuses: %s", (_, path, text) => {
    expect(violationsOf({ path, text })).toHaveLength(1);
  });

  test.each([
    ["a program uses host", "agent/cli/a.ts", `import { b } from "../../host/cli/b.ts";`],
    ["host uses protocol", "host/a.ts", `import { b } from "../protocol/b.ts";`],
    ["cli uses update", "agent/cli/a.ts", `import { b } from "../update/b.ts";`],
    ["host/http.ts uses got", "host/http.ts", `const { got } = await import("got");`],
    ["protocol hashes", "protocol/bytes.ts", `import { createHash } from "node:crypto";`],
    ["a comment names a clock", "protocol/a.ts", "/** Never Date.now(). */ // or process.hrtime"],
    ["a test imports anything", "test/unit/a.ts", `import { b } from "../../agent/update/b.ts";`],
  ])("allows: %s", (_, path, text) => {
    expect(violationsOf({ path, text })).toEqual([]);
  });

  test("every form of import is seen", () => {
    const text = `
      import type { A } from "./a.ts";
      import {
        b,
      } from "../b.ts";
      export * from "./c.ts";
      import "./d.css";
      const e = () => import("node:e");`;
    expect(importsOf({ path: "x/y/z.ts", text }).toSorted()).toEqual(
      ["node:e", "x/b.ts", "x/y/a.ts", "x/y/c.ts", "x/y/d.css"].toSorted(),
    );
  });
});
