/** Downloads that are broken off: by servers, by the end of the process, and by lies. */
import { createHash, randomBytes, randomInt } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TargetRequest } from "../../../agent/transfer/download.ts";
import { plainMirrors } from "../../../agent/transfer/mirrors.ts";
import { partialsIn } from "../../../agent/transfer/partials.ts";
import { createRepository, type Repository } from "../../../agent/transfer/repository.ts";
import { systemClock } from "../../../host/clock.ts";
import { removeTree } from "../../../host/durable.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import type { HttpClient } from "../../../host/http/types.ts";
import { createHttp } from "../../../host/http.ts";
import { silentLog } from "../../../host/log.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { type MisbehavingServer, misbehavingServer } from "../../testkit/misbehaving-server.ts";

const path = "targets/daily/big.bin";
const content = randomBytes(6 * 1024 * 1024);
const digest = sha256(content);
const lostPerCut = 64 * 1024;

let state: string;
let first: MisbehavingServer;
let second: MisbehavingServer;
let http: HttpClient;

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), "vouchsafe-resume-"));
  const files = new Map([[path, content]]);
  first = await misbehavingServer(files);
  second = await misbehavingServer(files);
  http = createHttp({
    userAgent: "test",
    timeouts: { connectMs: 10_000, idleMs: 10_000 },
    redirects: "same-origin",
  });
});
afterEach(async () => {
  http.close();
  await first.close();
  await second.close();
  await removeTree(nodeFileSystem, state);
});

/** A repository as a new process makes it. */
function restarted(...servers: readonly MisbehavingServer[]): Repository {
  const clock = { ...systemClock, sleep: async () => undefined };
  const partials = partialsIn({ fs: nodeFileSystem, clock, log: silentLog, state });
  const urls = servers.map(({ url }) => url);
  return createRepository(http, plainMirrors(urls), {
    clock,
    random: () => 0.5,
    log: silentLog,
    partials,
  });
}

const died = new Error("the process died");

/** Reads a body, checks it like the update does, and may die on the way. */
const reader =
  (dieAfter = Number.POSITIVE_INFINITY) =>
  async (body: AsyncIterable<Uint8Array>): Promise<void> => {
    const hash = createHash("sha256");
    let received = 0;
    for await (const piece of body) {
      hash.update(piece);
      received += piece.length;
      if (received >= dieAfter) throw died;
    }
    if (hash.digest("hex") !== digest) throw new VouchsafeError("trust.mismatch", "Wrong hash.");
  };

const request: TargetRequest = { length: content.length, resumable: true };

const download = (repository: Repository, more: Partial<TargetRequest> = {}) =>
  repository.download(path, { ...request, ...more }, reader());

const ranges = ({ headers }: MisbehavingServer) => headers.map(({ range }) => range);
const partialFolder = (): string => join(state, "partial", "daily");

async function partialFile(): Promise<string> {
  const name = (await readdir(partialFolder())).find((entry) => entry.endsWith(".part"));
  if (name === undefined) throw new Error("there is no partial file");
  return join(partialFolder(), name);
}

/** Leaves the first half in the partial file, as the first mirror gave it. */
async function firstHalf(): Promise<number> {
  const half = content.length / 2;
  const dying = restarted(first).download(path, request, reader(half));
  await expect(dying).rejects.toBe(died);
  return (await readFile(await partialFile())).length;
}

const startOf = (range: string | undefined): number =>
  Number(/^bytes=([0-9]+)-$/.exec(range ?? "bytes=0-")?.[1]);

describe("cut at 20 random offsets, over two mirrors and ten processes", () => {
  test("each byte comes at most once, and 64 KiB a cut", async () => {
    const largest = content.length / 32;
    let reached = 0;
    for (let life = 0; life < 10; life += 1) {
      const cuts = [randomInt(1, largest), randomInt(1, largest)] as const;
      first.misbehave(path, { kind: "truncated", after: cuts[0] }, 1);
      second.misbehave(path, { kind: "truncated", after: cuts[1] }, 1);
      const end = reached + cuts[0] + cuts[1] + randomInt(1, largest);
      const seen = { first: first.headers.length, second: second.headers.length };
      const dying = restarted(first, second).download(path, request, reader(end));
      await expect(dying, `cuts at ${cuts.join()}`).rejects.toBe(died);
      const [begun = 0, last = 0] = ranges(first).slice(seen.first).map(startOf);
      const [between = 0] = ranges(second).slice(seen.second).map(startOf);
      // What the process before this one had read is not asked for again.
      expect(begun).toBe(reached);
      expect(between).toBeGreaterThanOrEqual(begun + cuts[0] - lostPerCut);
      expect(last).toBeGreaterThanOrEqual(between + cuts[1] - lostPerCut);
      reached = (await readFile(await partialFile())).length;
      expect(reached).toBeGreaterThanOrEqual(end);
    }
    await download(restarted(first, second));
    expect(startOf(ranges(first).at(-1))).toBe(reached);
  });
});

test("what is there in full after a restart is not asked for at all", async () => {
  await download(restarted(first));
  expect(first.requests).toHaveLength(1);
  await download(restarted(first));
  expect(first.requests).toHaveLength(1);
});

test("the rest is asked for under the validator of that mirror, and of no other", async () => {
  const half = await firstHalf();
  await expect(restarted(first).download(path, request, reader(half + 1))).rejects.toBe(died);
  expect(first.headers.at(-1)).toMatchObject({
    range: `bytes=${half}-`,
    "if-range": expect.stringMatching(/^"[0-9a-f]+"$/),
  });
  await download(restarted(second));
  expect(second.headers.at(-1)?.["if-range"]).toBeUndefined();
});

test.each([
  ["knows no ranges", { kind: "no-ranges" }],
  ["answers with another range", { kind: "wrong-range" }],
] as const)("a mirror that %s gives the whole, and none of it counts twice", async (_, fault) => {
  const half = await firstHalf();
  second.misbehave(path, fault, fault.kind === "wrong-range" ? 1 : Number.POSITIVE_INFINITY);
  let received = 0;
  let read = 0;
  await restarted(second).download(
    path,
    { ...request, onReceived: (count) => (received += count) },
    async (body) => {
      const hash = createHash("sha256");
      for await (const piece of body) {
        hash.update(piece);
        read += piece.length;
      }
      expect(hash.digest("hex")).toBe(digest);
    },
  );
  expect([half > 0, read, received]).toEqual([true, content.length, content.length]);
});

test("a mirror whose file is shorter than what is there already has another file", async () => {
  await firstHalf();
  await second.close();
  second = await misbehavingServer(new Map([[path, content.subarray(0, 1000)]]));
  await expect(download(restarted(second))).rejects.toMatchObject({ code: "trust.mismatch" });
  await download(restarted(first));
});

describe("parts that are not as they were written are found by their hashes", () => {
  const damages: readonly [string, (file: string) => Promise<void>][] = [
    ["a flipped byte", (file) => readFile(file).then((bytes) => writeFile(file, flip(bytes)))],
    ["a file that lost its end", (file) => truncate(file, 1000)],
    ["zeros in place of bytes", (file) => truncate(file, 0).then(() => truncate(file, 1e6))],
    ["a file longer than the whole", (file) => truncate(file, content.length + 1)],
    ["a damaged record", (file) => writeFile(`${file}.json`, "{")],
    ["a record of a newer format", (file) => writeFile(`${file}.json`, '{"format":2}')],
    ["no record", (file) => writeFile(`${file}.json`, "")],
  ];
  const flip = (bytes: Buffer): Buffer => {
    bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10);
    return bytes;
  };

  test.each(damages)("%s: the rest is fetched, and nobody is blamed", async (_, damage) => {
    await firstHalf();
    await damage(await partialFile());
    const repository = restarted(first);
    await download(repository);
    expect(repository.takeNotes()).toEqual([]);
  });
});

describe("a lie", () => {
  const wrong = Buffer.from(content);
  wrong.writeUInt8(wrong.readUInt8(100) ^ 1, 100);
  const lying = { kind: "lie", bytes: wrong } as const;

  test("of one mirror among several is found out: the file comes whole from another, the liar is named", async () => {
    first.misbehave(path, { kind: "lie", bytes: wrong, after: content.length / 2 }, 1);
    const repository = restarted(first, second);
    await download(repository);
    expect(repository.takeNotes()).toEqual([
      `The mirror ${first.url} gave wrong bytes of ${path}.`,
    ]);
    expect(ranges(second).map(startOf)).toEqual([content.length / 2, 0]);
  });

  test("in what an earlier process had fetched is found out in the same way", async () => {
    first.misbehave(path, lying);
    const half = await firstHalf();
    const repository = restarted(second, first);
    await download(repository);
    expect(repository.takeNotes()).toEqual([
      `The mirror ${first.url} gave wrong bytes of ${path}.`,
    ]);
    expect(ranges(second).map(startOf)).toEqual([half, 0]);
  });

  test("of the only mirror is an error, and the next attempt begins anew", async () => {
    first.misbehave(path, lying, 1);
    const repository = restarted(first);
    await expect(download(repository, { sha256: digest })).rejects.toMatchObject({
      code: "trust.mismatch",
    });
    expect(repository.takeNotes()).toEqual([
      `The mirror ${first.url} gave wrong bytes of ${path}.`,
    ]);
    await download(restarted(first));
    expect(ranges(first)).toEqual([undefined, undefined]);
  });

  test("is none when two mirrors give the same: what was signed cannot be made of it", async () => {
    first.misbehave(path, lying);
    second.misbehave(path, lying);
    const repository = restarted(first, second);
    await expect(download(repository)).rejects.toMatchObject({ code: "trust.mismatch" });
    expect(repository.takeNotes()).toEqual([]);
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  });

  test("of all mirrors names each whose digest is signed", async () => {
    first.misbehave(path, lying);
    second.misbehave(path, lying);
    const repository = restarted(first, second);
    const attempt = download(repository, { sha256: digest });
    await expect(attempt).rejects.toMatchObject({ code: "trust.mismatch" });
    expect(repository.takeNotes()).toHaveLength(2);
  });
});

test("a mirror that becomes too slow is left, and the next goes on where it was", async () => {
  first.misbehave(path, { kind: "slow", bytes: 100_000, pauseMs: 1 });
  let ms = 0;
  const clock = {
    ...systemClock,
    // Each piece of the first takes half a minute to come; the second is quick.
    monotonicMs: () => (ms += second.requests.length === 0 ? 30_000 : 0),
    sleep: async () => undefined,
  };
  const ports = { clock, random: () => 0.5, log: silentLog, minRate: 1_000_000 };
  await download(createRepository(http, plainMirrors([first.url, second.url]), ports));
  expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  expect(startOf(ranges(second)[0])).toBeGreaterThan(0);
});

test("all downloads together keep to the agent's own rate", async () => {
  let slept = 0;
  const clock = {
    ...systemClock,
    monotonicMs: () => slept,
    sleep: async (wait: number) => {
      slept += wait;
    },
  };
  const ports = { clock, random: () => 0.5, log: silentLog, maxRate: content.length / 10 };
  const repository = createRepository(http, plainMirrors([first.url]), ports);
  await Promise.all([download(repository), download(repository)]);
  expect(slept).toBeCloseTo(20_000, 0);
});

test("without room for parts a download starts over in a new process, and still goes on in this one", async () => {
  first.misbehave(path, { kind: "truncated", after: 1_000_000 }, 1);
  await download(restarted(first), { resumable: false });
  expect(startOf(ranges(first)[1])).toBeGreaterThan(1_000_000 - lostPerCut);
  await expect(readdir(state)).resolves.toEqual([]);
});
