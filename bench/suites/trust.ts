/**
 * trust: the TUF client. A full refresh, cold and unchanged, beside tuf-js on the same repository;
 * 40,000 targets under one, two and three signatures; an unsigned root as large as may be (tuf-js
 * needs more than minutes for these two: its time grows with the square). Each sample is a process
 * of its own, in which only the work is measured, over files in memory.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { type Signer, signEnvelope } from "../../protocol/tuf/sign.ts";
import type { Root, Targets } from "../../protocol/tuf/types.ts";
import { memoryPublisher } from "../../test/testkit/memory-publisher.ts";
import { keyMap, metaOf, namedSigner, roleKeys } from "../../test/testkit/memory-roles.ts";
import type { Case, OpenSuite, Sample } from "../types.ts";

const run = promisify(execFile);
const program = resolve(import.meta.dirname, "../trust-work.ts");
const used = z.object({ wallMs: z.number(), cpuMs: z.number(), peakRssBytes: z.number() });
const expires = formatUtc(Date.now() + 90 * 86_400_000);

const sample = async (work: string, folder: string): Promise<Sample> => {
  const { stdout } = await run(process.execPath, [program, work, folder]);
  return { ...used.parse(JSON.parse(stdout)), bytesReceived: 0, requests: 0 };
};

const worker = (name: string, work: string, folder: string): Case => ({
  name,
  ...(name === "tuf-js" ? { peer: true } : {}),
  run: () => sample(work, folder),
});

/** Writes files flat into a new folder. */
async function folderOf(parent: string, name: string, files: ReadonlyMap<string, Uint8Array>) {
  const folder = join(parent, name);
  await mkdir(folder);
  for (const [file, bytes] of files) await writeFile(join(folder, file), bytes);
  return folder;
}

const sizeOf = (files: ReadonlyMap<string, Uint8Array>): number =>
  [...files.values()].reduce((sum, { length }) => sum + length, 0);

/** The metadata that a full refresh reads: three databases, all of the first version. */
async function smallRepository(): Promise<ReadonlyMap<string, Buffer>> {
  const publisher = await memoryPublisher();
  for (const name of ["daily", "ids-rules", "geo"]) {
    publisher.addDatabase(name);
    publisher.release(name, { "main.txt": name });
  }
  await publisher.publish();
  const metadata = [...publisher.files].filter(([path]) => path.startsWith("metadata/"));
  return new Map(metadata.map(([path, bytes]) => [path.slice("metadata/".length), bytes]));
}

const pathOfTarget = (index: number): string => `d/${index.toString(36).padStart(5, "0")}`;

const manyTargets = (count: number): Targets => ({
  type: "targets",
  version: 1,
  expires,
  extra: {},
  targets: new Map(
    Array.from({ length: count }, (_target, index) => {
      const path = pathOfTarget(index);
      const digest = index.toString(16).padStart(64, "0");
      return [path, { path, length: 1000 + index, hashes: new Map([["sha256", digest]]) }];
    }),
  ),
});

const rootWith = (signers: readonly Signer[]): Root => {
  const role = roleKeys({ signers, threshold: signers.length });
  return {
    type: "root",
    version: 1,
    expires,
    extra: {},
    consistentSnapshot: true,
    keys: keyMap([{ signers, threshold: 1 }]),
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  };
};

const signersOf = (count: number): readonly Signer[] =>
  Array.from({ length: count }, (_signer, index) => namedSigner(`bench ${index}`));

/** A whole repository with so many top-level targets, all signed by so many keys. */
async function largeRepository(
  count: number,
  signatures: number,
): Promise<ReadonlyMap<string, Buffer>> {
  const signers = signersOf(signatures);
  const targets = await signEnvelope(encodeSigned(manyTargets(count)), signers);
  const common = { version: 1, expires, extra: {} } as const;
  const meta = new Map([["targets.json", metaOf(targets, 1)]]);
  const snapshot = await signEnvelope(encodeSigned({ type: "snapshot", ...common, meta }), signers);
  const timestamp = encodeSigned({
    type: "timestamp",
    ...common,
    snapshot: metaOf(snapshot, 1),
  });
  return new Map([
    ["1.root.json", await signEnvelope(encodeSigned(rootWith(signers)), signers)],
    ["timestamp.json", await signEnvelope(timestamp, signers)],
    ["1.snapshot.json", snapshot],
    ["1.targets.json", targets],
  ]);
}

/** A root of 512 KB, with as many keys as fit, that nobody signed. */
function unsignedRoot(): Buffer {
  const keys = Array.from({ length: 4000 }, (_key, index) => {
    const text = index.toString(16).padStart(64, "0");
    return [text, { keytype: "ed25519", keyval: { public: text }, scheme: "ed25519" }] as const;
  });
  const role = { keyids: [], threshold: 1 };
  const signed = {
    _type: "root",
    spec_version: "1.0.31",
    version: 2,
    expires,
    consistent_snapshot: true,
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  };
  const bytes = (count: number) =>
    Buffer.from(
      JSON.stringify({
        signatures: [],
        signed: { ...signed, keys: Object.fromEntries(keys.slice(0, count)) },
      }),
    );
  const each = (bytes(200).length - bytes(100).length) / 100;
  return bytes(Math.floor((511_000 - bytes(0).length) / each));
}

/** Sets the suite up. */
export const openTrustSuite: OpenSuite = async () => {
  const parent = await mkdtemp(join(tmpdir(), "vouchsafe-bench-"));
  const smallFiles = await smallRepository();
  const small = await folderOf(parent, "small", smallFiles);
  const large: string[] = [];
  let largeBytes = 0;
  for (const signatures of [1, 2, 3]) {
    const files = await largeRepository(40_000, signatures);
    largeBytes = files.get("1.targets.json")?.length ?? 0;
    large.push(await folderOf(parent, `large-${signatures}`, files));
  }
  const [one = "", two = "", three = ""] = large;
  const middleFiles = await largeRepository(2000, 1);
  const middle = await folderOf(parent, "middle", middleFiles);
  const root = unsignedRoot();
  const signed = middleFiles.get("1.root.json") ?? Buffer.alloc(0);
  const hostile = new Map([
    ["1.root.json", signed],
    ["2.root.json", root],
    ["timestamp.json", Buffer.from("{}")],
  ]);
  const unsigned = await folderOf(parent, "unsigned", hostile);
  return {
    jobs: [
      {
        name: "refresh, cold",
        rounds: 5,
        bytes: sizeOf(smallFiles),
        cases: [worker("vouchsafe", "our-cold", small), worker("tuf-js", "their-cold", small)],
      },
      {
        name: "refresh, unchanged (304)",
        rounds: 5,
        bytes: smallFiles.get("timestamp.json")?.length ?? 0,
        cases: [
          worker("vouchsafe", "our-unchanged", small),
          worker("tuf-js", "their-unchanged", small),
        ],
      },
      {
        name: "40,000 targets",
        rounds: 5,
        bytes: largeBytes,
        cases: [
          worker("1 signature", "read-targets", one),
          worker("2 signatures", "read-targets", two),
          worker("3 signatures", "read-targets", three),
        ],
      },
      {
        name: "2,000 targets, whole refresh",
        rounds: 3,
        bytes: sizeOf(middleFiles),
        cases: [worker("vouchsafe", "our-first", middle), worker("tuf-js", "their-first", middle)],
      },
      {
        name: "unsigned root of 512 KB",
        rounds: 5,
        bytes: root.length,
        cases: [worker("vouchsafe", "refuse-root", unsigned)],
      },
    ],
    close: () => rm(parent, { recursive: true, force: true }),
  };
};
