/** delta-work.ts OLDER NEWER OUTPUT: the delta between two files as the publisher makes it, in zstd. */
import { open, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { encodeDelta } from "../protocol/delta/encode.ts";

/** As in publisher/encoding/make-encoding.ts. */
const windowBytes = 2 * 1024 * 1024;

async function* windowsOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    for (;;) {
      const window = Buffer.alloc(windowBytes);
      const { bytesRead } = await file.read(window, 0, window.length);
      if (bytesRead === 0) return;
      yield window.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

const [older = "", newer = "", output = ""] = process.argv.slice(2);
const parts: Uint8Array[] = [];
for await (const part of encodeDelta(await readFile(older), windowsOf(newer))) parts.push(part);
await writeFile(output, await promisify(zstdCompress)(Buffer.concat(parts)));
