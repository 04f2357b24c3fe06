import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { hashFile } from "../../../build/stamp.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { dist } from "../../testkit/built-packages.ts";

/** What CycloneDX 1.6 requires of the parts that are used here; nothing else may be there. */
const hashSchema = z.discriminatedUnion("alg", [
  z.strictObject({ alg: z.literal("SHA-256"), content: z.string().regex(/^[0-9a-f]{64}$/) }),
  z.strictObject({ alg: z.literal("SHA-512"), content: z.string().regex(/^[0-9a-f]{128}$/) }),
]);
const licenceSchema = z.union([
  z.strictObject({ license: z.strictObject({ id: z.string().regex(/^[A-Za-z0-9.+-]+$/) }) }),
  z.strictObject({ expression: z.string() }),
]);
const partFields = {
  "bom-ref": z.string(),
  name: z.string(),
  version: z.string(),
  purl: z.string().regex(/^pkg:(npm|generic)\/[^@\s]+@[^@\s]+$/),
};
const linkedSchema = z.strictObject({ type: z.literal("library"), ...partFields });
const componentSchema = z.strictObject({
  type: z.enum(["application", "library", "platform"]),
  ...partFields,
  cpe: z
    .string()
    .regex(/^cpe:2\.3:a(:[^:]+){10}$/)
    .optional(),
  hashes: z.array(hashSchema).min(1),
  licenses: z.array(licenceSchema).length(1),
  properties: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  components: z.array(linkedSchema).optional(),
});
const documentSchema = z.strictObject({
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.literal("1.6"),
  serialNumber: z.string().regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  version: z.literal(1),
  metadata: z.strictObject({ timestamp: z.iso.datetime(), component: componentSchema }),
  components: z.array(componentSchema),
  dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

const read = (name: string) =>
  documentSchema.parse(JSON.parse(readFileSync(join(dist, `${name}.cdx.json`), "utf8")));

const purl = (name: "got" | "fastify" | "tweetnacl" | "systeminformation"): string =>
  `pkg:npm/${name}@${packageJson.dependencies[name]}`;

describe.each([
  { name: "vouchsafe-agent", inside: [purl("got"), purl("tweetnacl")], without: [purl("fastify")] },
  {
    name: "linux-arm64/vouchsafe-agent",
    inside: [purl("got"), purl("systeminformation")],
    without: [purl("fastify")],
  },
  { name: "vouchsafe-publisher", inside: [purl("tweetnacl")], without: [purl("got")] },
  {
    name: "vouchsafe-console",
    // The page is built for the browser and lies inside as well.
    inside: [purl("fastify"), `pkg:npm/preact@${packageJson.devDependencies.preact}`],
    without: [purl("systeminformation")],
  },
])("the list of what is inside $name", ({ name, inside, without }) => {
  const document = read(name);
  const purls = document.components.map((component) => component.purl);

  test("names what was bundled, and only that", () => {
    expect(purls).toEqual(expect.arrayContaining(inside));
    for (const other of without) expect(purls).not.toContain(other);
    expect(purls.filter((found) => found.includes("esbuild"))).toEqual([]);
  });

  test("is about the file that it lies beside, and the bundle inside it", async () => {
    const { hashes, properties } = document.metadata.component;
    expect(hashes).toEqual([{ alg: "SHA-256", content: await hashFile(join(dist, name)) }]);
    const bundle = join(dist, `${name.split("/").at(-1)}.cjs`);
    const expected = { name: "vouchsafe:bundle-sha256", value: await hashFile(bundle) };
    expect(properties).toContainEqual(expected);
  });

  test("names the runtime by the hash that is pinned, with the libraries linked into it", () => {
    const [runtime] = document.components;
    const platform = name.startsWith("linux-arm64/") ? "linux-arm64" : "linux-x64";
    const pins = z
      .record(z.string(), z.string())
      .parse(JSON.parse(readFileSync(join(dist, "../build/runtime-hashes.json"), "utf8")));
    const content = pins[`node-${platform}@${runtime?.version}`];
    expect(runtime).toMatchObject({ name: "node", hashes: [{ alg: "SHA-256", content }] });
    const libraries = (runtime?.components ?? []).map((library) => library.name);
    expect(libraries).toEqual(expect.arrayContaining(["openssl", "v8", "sqlite", "zstd"]));
  });

  test("says what depends on what, with no loose end", () => {
    const refs = [document.metadata.component, ...document.components].map(
      (component) => component["bom-ref"],
    );
    expect(new Set(refs).size).toBe(refs.length);
    for (const { ref, dependsOn } of document.dependencies) {
      expect(refs).toEqual(expect.arrayContaining([ref, ...dependsOn]));
    }
    const reached = new Set(document.dependencies.flatMap(({ dependsOn }) => dependsOn));
    expect(refs.slice(1).filter((ref) => !reached.has(ref))).toEqual([]);
  });

  test("lies beside the licences of all that it names", () => {
    const notices = readFileSync(join(dist, `${name}.notices.txt`), "utf8");
    const titles = notices.split("\n").map((line) => line.replace(/ \(.*\)$/, ""));
    const parts = document.components.slice(1);
    expect(titles).toEqual(
      expect.arrayContaining(parts.map((part) => `${part.name} ${part.version}`)),
    );
  });
});
