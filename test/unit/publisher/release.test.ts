import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { canonicalBytes } from "../../../protocol/canonical.ts";
import { isObject, parseJson } from "../../../protocol/json.ts";
import type { ReleaseFile } from "../../../protocol/release/manifest.ts";
import { checkRelease } from "../../../protocol/release/release-info.ts";
import { parseTargets } from "../../../protocol/tuf/parse.ts";
import { diffReleases, replacedFiles } from "../../../publisher/proposal/diff.ts";
import { makeLineCounter } from "../../../publisher/proposal/lines.ts";
import { documentOf, releaseRole } from "../../../publisher/proposal/role.ts";

const file = (path: string, content: string, zst?: number): ReleaseFile => ({
  path,
  length: content.length,
  sha256: sha256(content),
  ...(zst === undefined ? {} : { zst }),
  deltas: new Map(),
});

describe("the role of a release", () => {
  const description = {
    database: "daily",
    repository: sha256("root"),
    label: "first",
    created: "2026-11-24T12:00:00Z",
    notes: "",
  };

  test("is what an agent reads as a whole release of that database and repository", () => {
    const files = [file("b.txt", "bb", 1), file("a.txt", "a")];
    const bytes = documentOf(releaseRole(description, 3, "2027-02-22T12:00:00Z", files));
    const signed = parseJson(bytes, 10_000);
    if (!isObject(signed)) throw new Error("not an object");
    expect(canonicalBytes(signed)).toEqual(bytes);
    const release = checkRelease("daily", description.repository, parseTargets(signed));
    expect(release.version).toBe(3);
    expect(release.info).toMatchObject(description);
    expect(release.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      files.toReversed(),
    );
  });

  test("depends on the files' content, not on the order that they were found in", () => {
    const of = (...files: ReleaseFile[]) =>
      documentOf(releaseRole(description, 3, "2027-02-22T12:00:00Z", files)).toString();
    const [a, b] = [file("a.txt", "a"), file("b.txt", "b")];
    expect(of(a, b)).toBe(of(b, a));
    expect(of(a, b)).not.toBe(of(a, file("b.txt", "c")));
  });
});

describe("the difference of two releases", () => {
  const side = (...files: ReleaseFile[]) => ({ files, lines: new Map([["a.txt", 3]]) });

  test("tells added, removed and changed files apart, and counts the rest", () => {
    const before = side(file("a.txt", "1"), file("gone.txt", "2"), file("same.txt", "3"));
    const after = side(file("a.txt", "11"), file("new.txt", "4"), file("same.txt", "3"));
    const { changes, unchanged } = diffReleases(before, after);
    expect(unchanged).toBe(1);
    expect(changes.map(({ change, path }) => `${change} ${path}`)).toEqual([
      "changed a.txt",
      "removed gone.txt",
      "added new.txt",
    ]);
    expect(changes[0]).toMatchObject({
      from: { length: 1, lines: 3 },
      to: { length: 2, lines: 3 },
    });
    expect(changes[1]).not.toHaveProperty("to");
    expect(changes[2]).not.toHaveProperty("from");
    expect(replacedFiles(before.files, after.files).map(({ path }) => path)).toEqual([
      "a.txt",
      "gone.txt",
    ]);
  });

  test("of anything with itself is empty", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/)), (paths) => {
        const same = side(...paths.map((path) => file(path, path)));
        expect(diffReleases(same, same)).toEqual({ changes: [], unchanged: paths.length });
      }),
    );
  });
});

describe("lines of text", () => {
  const count = (...chunks: string[]): number | null => {
    const counter = makeLineCounter();
    for (const chunk of chunks) counter.add(Buffer.from(chunk));
    return counter.lines();
  };

  test("count a last line without its end, and nothing for nothing", () => {
    expect(count()).toBe(0);
    expect(count("")).toBe(0);
    expect(count("a")).toBe(1);
    expect(count("a\n")).toBe(1);
    expect(count("a\n\nb")).toBe(3);
  });

  test("are not counted where a byte is NUL, even in a late chunk", () => {
    expect(count("a\n", "b\u0000")).toBeNull();
  });

  test("do not depend on how the text is cut into chunks", () => {
    const chunks = fc.array(fc.stringMatching(/^[ab\n]{0,5}$/));
    fc.assert(fc.property(chunks, (parts) => count(...parts) === count(parts.join(""))));
  });
});
