/** Applies a delta that copies a large old file in another order; prints the peak memory in bytes. */
import { createHash } from "node:crypto";
import { applyDelta } from "../../../protocol/delta/apply.ts";
import { limits } from "../../../protocol/delta/limits.ts";
import { deltaHead, integer, windowOf } from "../../testkit/delta-builder.ts";

const windowBytes = limits.window;
const windows = Number(process.argv[2]);
const length = windows * windowBytes;
const copy = 19;

async function* delta(): AsyncGenerator<Buffer> {
  yield Buffer.from(deltaHead);
  for (let window = windows - 1; window >= 0; window -= 1) {
    const parts = {
      source: [length, 0],
      target: windowBytes,
      instructions: [copy, ...integer(windowBytes)],
      addresses: integer(window * windowBytes),
    } as const;
    yield Buffer.from(windowOf(parts));
  }
}

const base = {
  length,
  read: async (into: Uint8Array, position: number) => {
    const part = into.subarray(0, 256 * 1024);
    part.fill(Math.floor(position / windowBytes));
    return part.length;
  },
};
const hash = createHash("sha256");
let made = 0;
for await (const chunk of applyDelta(delta(), base, length)) {
  hash.update(chunk);
  made += chunk.length;
}
if (made !== length) throw new Error(`made ${made} of ${length} bytes`);
process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`);
