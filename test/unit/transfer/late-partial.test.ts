import { describe, expect, test } from "vitest";
import { latePartial } from "../../../agent/transfer/late-partial.ts";
import { makeLedger } from "../../../agent/transfer/ledger.ts";
import type { PartialFile } from "../../../agent/transfer/partial-file.ts";

const length = 300;

/** A late partial file whose moment ends when it is told to, and what was done with the real one. */
function late({ possible = true } = {}) {
  const done: string[] = [];
  const written: Buffer[] = [];
  const moment = Promise.withResolvers<void>();
  const file: PartialFile = {
    held: [],
    etags: new Map(),
    read: async function* read() {},
    append: async (piece) => {
      done.push(`append ${piece.length}`);
      written.push(Buffer.from(piece));
    },
    note: async (ledger) => void done.push(`note ${ledger.size()}`),
    close: async () => void done.push("close"),
    remove: async () => void done.push("remove"),
  };
  const partial = latePartial({
    length,
    clock: {
      now: () => new Date(0),
      monotonicMs: () => 0,
      sleep: (_, signal) => {
        signal?.addEventListener("abort", () => moment.reject(signal.reason));
        return moment.promise;
      },
    },
    begin: async () => {
      done.push("begin");
      return possible ? file : undefined;
    },
  });
  return { partial, done, written, momentEnds: () => moment.resolve() };
}

const bytes = (count: number): Uint8Array => new Uint8Array(count);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("within the moment", () => {
  test("a download that is complete writes nothing at all", async () => {
    const { partial, done } = late();
    await partial.note(makeLedger(), new Map());
    for (let count = 0; count < 3; count += 1) await partial.append(bytes(100));
    await partial.close();
    expect(done).toEqual([]);
  });

  test("one that fails is written then, for the next process", async () => {
    const { partial, done } = late();
    await partial.note(makeLedger(), new Map());
    await partial.append(bytes(100));
    await partial.append(bytes(50));
    await partial.close();
    expect(done).toEqual(["begin", "append 100", "append 50", "note 0", "close"]);
  });

  test("one that brought nothing leaves nothing", async () => {
    const { partial, done } = late();
    await partial.close();
    expect(done).toEqual([]);
  });

  test("one whose bytes were wrong leaves nothing", async () => {
    const { partial, done } = late();
    await partial.append(bytes(100));
    await partial.remove();
    await partial.close();
    expect(done).toEqual([]);
  });
});

describe("after the moment", () => {
  test("what came is written, though nothing more comes, and then all as it comes", async () => {
    const { partial, done, momentEnds } = late();
    await partial.note(makeLedger(), new Map());
    await partial.append(bytes(100));
    momentEnds();
    await settled();
    expect(done.splice(0)).toEqual(["begin", "append 100", "note 0"]);
    await partial.append(bytes(70));
    await partial.note(makeLedger(), new Map());
    await partial.close();
    expect(done).toEqual(["append 70", "note 0", "close"]);
  });

  test("what cannot be written is given up, and the download goes on without", async () => {
    const { partial, done, momentEnds } = late({ possible: false });
    await partial.append(bytes(100));
    momentEnds();
    await settled();
    await partial.append(bytes(100));
    await partial.note(makeLedger(), new Map());
    await partial.remove();
    expect(done).toEqual(["begin"]);
  });

  test("wrong bytes are removed", async () => {
    const { partial, done, momentEnds } = late();
    await partial.append(bytes(100));
    momentEnds();
    await settled();
    await partial.remove();
    expect(done).toEqual(["begin", "append 100", "remove"]);
  });
});

test("a piece may be used again by whoever gave it", async () => {
  const { partial, written, momentEnds } = late();
  const piece = Buffer.from("first");
  await partial.append(piece);
  piece.write("other");
  momentEnds();
  await settled();
  expect(written.map((held) => held.toString())).toEqual(["first"]);
});
