/** The list of what is inside an executable, as a CycloneDX 1.6 document. Pure. */
import { createHash } from "node:crypto";

/** A hash as the standard names it. */
export interface Hash {
  readonly alg: "SHA-256" | "SHA-512";
  /** Lower-case hex. */
  readonly content: string;
}

/** An npm package inside the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX identifier or expression. */
  readonly licence: string;
  /** Of the archive that npm installed, as the lockfile pins it. */
  readonly hashes: readonly Hash[];
  /** The bom-refs of the packages that this one imports. */
  readonly dependsOn: readonly string[];
}

/** The Node.js inside the executable. */
export interface RuntimeFacts {
  readonly version: string;
  readonly sha256: string;
  /** Name → version of the libraries that are linked into it. */
  readonly libraries: Readonly<Record<string, string>>;
}

/** Everything that goes into the list. */
export interface ExecutableFacts {
  readonly name: string;
  readonly version: string;
  readonly commit: string;
  readonly platform: string;
  /** When the commit was made, seconds since 1970. */
  readonly seconds: number;
  readonly sha256: string;
  readonly bundleSha256: string;
  readonly packages: readonly BundledPackage[];
  /** The bom-refs of the packages that our own code imports. */
  readonly dependsOn: readonly string[];
  readonly runtime: RuntimeFacts;
}

/** A package's URL (purl), which is also its reference within the document. */
export const npmPurl = (name: string, version: string): string =>
  `pkg:npm/${name.replace("@", "%40")}@${encodeURIComponent(version)}`;

const genericPurl = (name: string, version: string): string =>
  `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;

const licencesOf = (licence: string) =>
  /[ ()]/.test(licence) ? [{ expression: licence }] : [{ license: { id: licence } }];

const packageComponent = ({ name, version, licence, hashes }: BundledPackage) => {
  const purl = npmPurl(name, version);
  const licenses = licencesOf(licence);
  return { type: "library", "bom-ref": purl, name, version, purl, hashes, licenses };
};

const runtimeComponent = ({ version, sha256, libraries }: RuntimeFacts) => ({
  type: "platform",
  "bom-ref": genericPurl("node", version),
  name: "node",
  version,
  purl: genericPurl("node", version),
  cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
  hashes: [{ alg: "SHA-256", content: sha256 }],
  licenses: licencesOf("MIT"),
  components: Object.entries(libraries).map(([name, libraryVersion]) => ({
    type: "library",
    "bom-ref": `${genericPurl("node", version)}#${name}`,
    name,
    version: libraryVersion,
    purl: genericPurl(name, libraryVersion),
  })),
});

/** A UUID that follows from a text (RFC 9562, version 8): the same build has the same number. */
const uuidOf = (text: string): string => {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

/** The document, ready to be written as JSON. */
export const cycloneDx = (facts: ExecutableFacts): Readonly<Record<string, unknown>> => {
  const self = genericPurl(facts.name, facts.version);
  const runtime = runtimeComponent(facts.runtime);
  const content = {
    metadata: {
      timestamp: new Date(facts.seconds * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": self,
        name: facts.name,
        version: facts.version,
        purl: self,
        hashes: [{ alg: "SHA-256", content: facts.sha256 }],
        licenses: licencesOf("Apache-2.0"),
        properties: [
          { name: "vouchsafe:commit", value: facts.commit },
          { name: "vouchsafe:platform", value: facts.platform },
          { name: "vouchsafe:bundle-sha256", value: facts.bundleSha256 },
        ],
      },
    },
    components: [runtime, ...facts.packages.map(packageComponent)],
    dependencies: [
      { ref: self, dependsOn: [runtime["bom-ref"], ...facts.dependsOn] },
      ...facts.packages.map(({ name, version, dependsOn }) => ({
        ref: npmPurl(name, version),
        dependsOn,
      })),
    ],
  };
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
};
