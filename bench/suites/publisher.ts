/**
 * publisher: how long a release of 126 MB takes to propose, which is where files are compressed and
 * deltas made: in a hurry, and with patience.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTextPair } from "../data/text.ts";
import { type Haste, makePublisher } from "../publish.ts";
import type { Job, OpenSuite } from "../types.ts";

const database = "text";

/** Sets the suite up: the publisher, and two days of the database. */
export const openPublisherSuite: OpenSuite = async () => {
  const folder = await mkdtemp(join(tmpdir(), "vouchsafe-bench-"));
  const [olderDir, newerDir] = [join(folder, "older"), join(folder, "newer")];
  for (const dir of [olderDir, newerDir]) await mkdir(dir);
  await makeTextPair(olderDir, newerDir);
  const publisher = await makePublisher(folder, [database]);
  const propose = (name: string, source: string, haste: Haste): Job => ({
    name,
    rounds: 1, // each day is proposed once
    cases: [
      {
        name: "vouchsafe",
        run: async () => {
          const { usage, digest } = await publisher.propose(database, source, haste);
          await publisher.publish(database, digest);
          const { stdout: _document, ...used } = usage;
          return { ...used, bytesReceived: 0, requests: 0 };
        },
      },
    ],
  });
  return {
    jobs: [
      propose("propose 126 MB --urgent, the first day", olderDir, "urgent"),
      propose("propose 126 MB, the second day", newerDir, "patient"),
    ],
    close: () => rm(folder, { recursive: true, force: true }),
  };
};
