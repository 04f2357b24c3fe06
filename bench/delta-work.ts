/**
 * delta-work.ts OLDER SHA256 NEWER SHA256 OUTPUT: makes the delta between two files as the publisher
 * does, from reading them to its compressed form.
 */
import { stat, writeFile } from "node:fs/promises";
import { nodeFileSystem } from "../host/file-system.ts";
import { asSha256 } from "../protocol/bytes.ts";
import { levels } from "../publisher/encoding/job.ts";
import { makeEncoding } from "../publisher/encoding/make-encoding.ts";

const fileOf = async (path: string, sha256: string) => ({
  path,
  length: (await stat(path)).size,
  sha256: asSha256(sha256),
});

const [older = "", olderHash = "", newer = "", newerHash = "", output = ""] = process.argv.slice(2);
const [base, file] = [await fileOf(older, olderHash), await fileOf(newer, newerHash)];
const job = { kind: "delta", file, base, level: levels.patient, maxBytes: file.length } as const;
const delta = await makeEncoding(nodeFileSystem, job, 1);
if (delta === null) throw new Error("A delta is of no use here.");
await writeFile(output, delta);
