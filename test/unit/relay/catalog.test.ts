import { describe, expect, test } from "vitest";
import {
  catalogOf,
  committedOf,
  type StoredDatabase,
  type StoredGeneration,
} from "../../../agent/relay/catalog.ts";
import { generationFor } from "../../../agent/store/layout.ts";
import type { HeldTrust } from "../../../agent/trust/held.ts";
import { sha256 } from "../../../protocol/bytes.ts";

function generation(version: number, content = `content ${version}`): StoredGeneration {
  const digest = sha256(`release ${version}`);
  const name = generationFor({ version, digest }, new Set());
  const file = { path: "sub/a.txt", length: content.length, sha256: sha256(content), mtimeMs: 7 };
  return {
    name,
    dir: `/state/databases/daily/generations/${name}`,
    manifest: {
      database: "daily",
      release: { version, digest, label: `r${version}` },
      created: "",
      installedAt: "",
      files: [file],
    },
  };
}

const [one, two, three] = [generation(1), generation(2), generation(3)] as const;

function daily(more: Partial<StoredDatabase> = {}, record = {}): StoredDatabase {
  return {
    name: "daily",
    record: { current: two.name, previous: one.name, quarantine: [], tampered: null, ...record },
    settled: true,
    generations: [one, two, three],
    ...more,
  };
}

const names = (database: StoredDatabase) => committedOf(database).map(({ name }) => name);

describe("the generations that are handed out", () => {
  test("are current, previous and those that are kept besides", () => {
    expect(names(daily())).toEqual([one.name, two.name, three.name]);
  });

  test("are current and previous alone while an update is under way", () => {
    expect(names(daily({ settled: false }))).toEqual([one.name, two.name]);
  });

  test("are none that failed here, unless it is current all the same", () => {
    const quarantined = ({ manifest: { release } }: StoredGeneration) => ({
      release,
      at: "",
      reason: "",
    });
    expect(names(daily({}, { quarantine: [quarantined(three)] }))).toEqual([one.name, two.name]);
    expect(names(daily({}, { quarantine: [quarantined(two)] }))).toContain(two.name);
  });

  test("are none that was found changed", () => {
    expect(names(daily({}, { tampered: two.name }))).toEqual([one.name, three.name]);
  });
});

const metadata = {
  path: "metadata/4.daily.json",
  file: "/state/trust/files/4",
  sha256: sha256("4"),
  length: 1,
};
const trust: HeldTrust = { metadata: [metadata], consistent: true };

describe("the catalog", () => {
  test("has metadata and whole files by the repository's own paths", () => {
    const catalog = catalogOf(trust, [daily({ generations: [two] })]);
    const content = sha256("content 2");
    const location = `targets/daily/sub/${content}.a.txt`;
    expect([...catalog.keys()]).toEqual([metadata.path, location]);
    expect(catalog.get(location)).toEqual({
      kind: "target",
      file: `${two.dir}/sub/a.txt`,
      length: 9,
      sha256: content,
      mtimeMs: 7,
    });
  });

  test("names a file that is in several generations once", () => {
    const same = generation(9, "content 2");
    expect(catalogOf(trust, [daily({ generations: [two, same] })]).size).toBe(2);
  });

  test("has no targets of a repository whose paths do not tell one version from another", () => {
    expect(catalogOf({ ...trust, consistent: false }, [daily()]).size).toBe(1);
  });
});
