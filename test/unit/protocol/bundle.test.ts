import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bundledRoles, indexBundle } from "../../../protocol/release/bundle.ts";
import { paddingOf, type ReadAt, tarEnd, tarHeader } from "../../../protocol/release/tar.ts";
import { limits } from "../../../protocol/tuf/limits.ts";

const digest = "ab".repeat(32);
const at =
  (bytes: Buffer): ReadAt =>
  async (offset, length) =>
    bytes.subarray(offset, offset + length);
const index = (bytes: Buffer) => indexBundle(at(bytes), bytes.length);
const file = (path: string, content = "x"): Buffer =>
  Buffer.concat([
    tarHeader(path, content.length),
    Buffer.from(content),
    Buffer.alloc(paddingOf(content.length)),
  ]);
const tar = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, tarEnd()]);
const timestamp = file("metadata/timestamp.json");
const refused = expect.objectContaining({ code: "bundle.malformed" });

/** A header with bytes changed and its checksum made right again. */
function forged(change: (block: Buffer) => void, path = "metadata/timestamp.json"): Buffer {
  const block = Buffer.from(file(path));
  change(block);
  const sum = block
    .subarray(0, 512)
    .reduce((total, byte, place) => total + (place >= 148 && place < 156 ? 32 : byte), 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148, "latin1");
  return block;
}

/** A pax header with that text, and a file after it. */
function pax(text: string, type = "x"): Buffer {
  const block = forged((bytes) => {
    bytes.write(type, 156);
    bytes.write(text.length.toString(8).padStart(11, "0"), 124);
  });
  const body = Buffer.alloc(text.length + paddingOf(text.length));
  body.write(text);
  return Buffer.concat([block.subarray(0, 512), body, timestamp]);
}

const record = (text: string): string => {
  const rest = ` ${text}\n`;
  return `${rest.length + String(rest.length + 2).length}${rest}`;
};

test("a bundle is indexed by repository paths, long ones too, whatever read it in what pieces", async () => {
  const long = `targets/daily/${digest}.${"n".repeat(120)}.zst`;
  const nested = `targets/daily/${"d".repeat(90)}/${"e".repeat(60)}/${digest}.a.txt`;
  const bytes = tar(timestamp, file("metadata/2.daily-0f.json"), file(long, "long"), file(nested));
  const found = await index(bytes);
  expect([...found.keys()]).toEqual([
    "metadata/timestamp.json",
    "metadata/2.daily-0f.json",
    long,
    nested,
  ]);
  const { offset = 0, size = 0 } = found.get(long) ?? {};
  expect(bytes.toString("latin1", offset, offset + size)).toBe("long");
  expect([...bundledRoles(found)]).toEqual(["daily-0f"]);
});

test("what comes back from any paths and sizes is what was written", async () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,100}[a-z]$/);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { maxLength: 5 }), fc.nat(2000), async (names, size) => {
      const paths = names.map((text) => `targets/daily/${digest}.${text}`);
      const found = await index(tar(...paths.map((path) => file(path, "y".repeat(size)))));
      expect([...found.values()].map((entry) => [entry.path, entry.size])).toEqual(
        paths.map((path) => [path, size]),
      );
    }),
    { numRuns: 50 },
  );
});

test("random bytes are refused, never a crash", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
      await expect(index(Buffer.from(bytes))).rejects.toEqual(refused);
    }),
    { numRuns: 100 },
  );
});

describe("a hostile bundle is refused", () => {
  const traversal = (path: string) =>
    tar(
      forged((block) => {
        block.fill(0, 0, 100);
        block.write(path, 0, "latin1");
      }),
    );
  const typed = (type: string) => tar(forged((block) => block.write(type, 156)));
  const cases: readonly (readonly [string, Buffer])[] = [
    ["that leads out by ..", traversal("targets/daily/../../../etc/passwd")],
    ["with an absolute path", traversal("/etc/passwd")],
    ["with a backslash", traversal(`targets\\daily\\${digest}.x`)],
    ["with a path of no repository", traversal("README")],
    ["with a hidden file", traversal(`targets/daily/.ssh/${digest}.x`)],
    ["with a target that has no digest", traversal("targets/daily/main.txt")],
    ["with text hidden behind the end of a path", tar(forged((block) => block.write("evil", 60)))],
    ["with a hard link", typed("1")],
    ["with a symbolic link", typed("2")],
    ["with a character device", typed("3")],
    ["with a block device", typed("4")],
    ["with a folder", typed("5")],
    ["with a pipe", typed("6")],
    ["with a file that says where it links to", tar(forged((block) => block.write("/etc", 157)))],
    ["with GNU's long name", typed("L")],
    ["with GNU's long link", typed("K")],
    ["with GNU's sparse file", typed("S")],
    ["with a global pax header", tar(pax(record("path=metadata/1.root.json"), "g"))],
    ["with a pax header for a size", tar(pax(record("size=99999999999")))],
    ["with a pax header for a link", tar(pax(record("linkpath=/etc/passwd")))],
    ["with two records in a pax header", tar(pax(record("path=a") + record("path=b")))],
    ["with a record of a wrong length", tar(pax("99 path=a\n"))],
    [
      "with two pax headers in a row",
      tar(
        pax(record("path=metadata/1.root.json")).subarray(0, 1024),
        pax(record("path=metadata/2.root.json")),
      ),
    ],
    [
      "with a pax header and no file",
      tar(pax(record("path=metadata/1.root.json")).subarray(0, 1024)),
    ],
    ["with a path twice", tar(timestamp, timestamp)],
    ["with a huge size", tar(forged((block) => block.write("77777777777", 124)))],
    ["with a size in base 256", tar(forged((block) => block.writeUInt8(0x80, 124)))],
    ["with a negative size", tar(forged((block) => block.write("-0000000001", 124)))],
    [
      "with metadata above its cap",
      tar(file("metadata/timestamp.json", "x".repeat(limits.timestampBytes + 1))),
    ],
    ["of old tar, without the magic", tar(forged((block) => block.fill(0, 257, 265)))],
    [
      "with a wrong checksum",
      (() => {
        const bytes = tar(timestamp);
        bytes.write("z", 5);
        return bytes;
      })(),
    ],
    ["that is empty", Buffer.alloc(0)],
    ["that has no end", timestamp],
    ["that has half an end", Buffer.concat([timestamp, Buffer.alloc(512)])],
    ["with something behind its end", Buffer.concat([tar(timestamp), Buffer.from("more")])],
  ];
  test.each(cases)("%s", async (_, bytes) => {
    await expect(index(bytes)).rejects.toEqual(refused);
  });

  test("cut off at any block or in one", async () => {
    const whole = tar(timestamp, file("metadata/1.root.json", "z".repeat(600)));
    for (let length = 0; length < whole.length; length += 256) {
      await expect(index(whole.subarray(0, length))).rejects.toEqual(refused);
    }
  });
});
