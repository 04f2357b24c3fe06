import { describe, expect, test } from "vitest";
import { contentsOf, packageFolderOf, packageFolders } from "../../../build/sbom/contents.ts";
import { cycloneDx, npmPurl } from "../../../build/sbom/cyclonedx.ts";

describe("the package that a bundled file lies in", () => {
  test.each([
    ["node_modules/got/dist/index.js", "node_modules/got"],
    ["node_modules/@colors/colors/safe.js", "node_modules/@colors/colors"],
    ["node_modules/a/node_modules/@b/c/d.js", "node_modules/a/node_modules/@b/c"],
    ["agent/main.ts", undefined],
  ])("%s: %s", (input, folder) => {
    expect(packageFolderOf(input)).toBe(folder);
  });
});

describe("what a bundle contains", () => {
  const file = (...imports: string[]) => ({
    bytes: 1,
    imports: imports.map((path) => ({ path, kind: "import-statement" as const })),
  });
  const outside = { path: "node:fs", kind: "require-call" as const, external: true };
  const contents = contentsOf([
    {
      inputs: {
        "agent/main.ts": file("agent/a.ts", "node_modules/got/index.js"),
        "agent/a.ts": file("node_modules/yaml/index.js"),
        "node_modules/got/index.js": file("node_modules/got/b.js", "node_modules/keyv/index.js"),
        "node_modules/got/b.js": { bytes: 1, imports: [outside] },
        "node_modules/keyv/index.js": file(),
        "node_modules/yaml/index.js": file(),
      },
      outputs: {},
    },
    { inputs: { "console/web/main.tsx": file("node_modules/preact/p.js") }, outputs: {} },
  ]);

  test("is the packages of all its files", () => {
    expect(packageFolders(contents)).toEqual(
      ["got", "keyv", "yaml"].map((name) => `node_modules/${name}`),
    );
  });

  test("and who imports whom, ours first, nothing of the runtime's", () => {
    expect([...(contents.get("") ?? [])]).toEqual([
      "node_modules/got",
      "node_modules/yaml",
      "node_modules/preact",
    ]);
    expect([...(contents.get("node_modules/got") ?? [])]).toEqual(["node_modules/keyv"]);
    expect([...(contents.get("node_modules/keyv") ?? [])]).toEqual([]);
  });
});

describe("the CycloneDX document", () => {
  const facts = {
    name: "vouchsafe-agent",
    version: "1.0.0",
    commit: "abc",
    platform: "linux-x64",
    seconds: 1_000_000_000,
    sha256: "aa",
    bundleSha256: "bb",
    packages: [
      {
        name: "@x/y",
        version: "2.0.0",
        licence: "(MIT OR CC0-1.0)",
        hashes: [{ alg: "SHA-512" as const, content: "cc" }],
        dependsOn: [],
      },
    ],
    dependsOn: ["pkg:npm/%40x/y@2.0.0"],
    runtime: { version: "24.0.0", sha256: "dd", libraries: { openssl: "3.5.0" } },
  };

  test("names a scoped package as a package URL does", () => {
    expect(npmPurl("@x/y", "2.0.0")).toBe("pkg:npm/%40x/y@2.0.0");
    expect(npmPurl("y", "2.0.0+b")).toBe("pkg:npm/y@2.0.0%2Bb");
  });

  test("lists the runtime with its libraries, then the packages", () => {
    expect(cycloneDx(facts)["components"]).toMatchObject([
      {
        type: "platform",
        name: "node",
        version: "24.0.0",
        purl: "pkg:generic/node@24.0.0",
        hashes: [{ alg: "SHA-256", content: "dd" }],
        components: [{ name: "openssl", version: "3.5.0", purl: "pkg:generic/openssl@3.5.0" }],
      },
      {
        purl: "pkg:npm/%40x/y@2.0.0",
        licenses: [{ expression: "(MIT OR CC0-1.0)" }],
        hashes: [{ alg: "SHA-512", content: "cc" }],
      },
    ]);
  });

  test("has a number that only the contents decide", () => {
    const number = cycloneDx(facts)["serialNumber"];
    expect(number).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(cycloneDx(facts)["serialNumber"]).toBe(number);
    expect(cycloneDx({ ...facts, sha256: "ab" })["serialNumber"]).not.toBe(number);
  });
});
