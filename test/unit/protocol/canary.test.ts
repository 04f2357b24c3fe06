import { describe, expect, test } from "vitest";
import { asSha256 } from "../../../protocol/bytes.ts";
import {
  canaryFile,
  canaryName,
  canarySignature,
  canaryText,
  readCanaryKinds,
  withCanaryKind,
} from "../../../protocol/release/canary.ts";

const repository = asSha256("00".repeat(32));
const of = { repository, database: "daily", version: 7 };

describe("the canary of a release", () => {
  test("matches the string that docs/consumers.md derives with sha256sum", () => {
    expect(canaryText(of)).toBe(
      "vouchsafe-canary-4895acc1835a4f246cde46eb3b03541bcd09918af43c185bb0c0273032d6ede9",
    );
  });

  test("as hdb: MD5 and length of the string", () => {
    expect(canaryFile("hdb")).toBe("zz-vouchsafe-canary.hdb");
    expect(canarySignature("hdb", of)).toBe(
      "e8ee5cc37b5e5ed9e08ab0bd95f4c769:81:Vouchsafe.Canary.daily.7\n",
    );
  });

  test("as ndb: the string's bytes at any place of any file", () => {
    expect(canaryFile("ndb")).toBe("zz-vouchsafe-canary.ndb");
    const hex = Buffer.from(canaryText(of)).toString("hex");
    expect(canarySignature("ndb", of)).toBe(`Vouchsafe.Canary.daily.7:0:*:${hex}\n`);
  });

  test.each([
    ["repository", { ...of, repository: asSha256("11".repeat(32)) }],
    ["database", { ...of, database: "daily2" }],
    ["version", { ...of, version: 77 }],
  ])("differs by %s", (_, other) => {
    expect(canaryText(other)).not.toBe(canaryText(of));
    expect(canaryText(other)).toHaveLength(81);
  });

  test("is reported under a name with database and version", () => {
    expect(canaryName(of)).toBe("Vouchsafe.Canary.daily.7");
  });
});

describe("which databases have a canary, in the top-level targets", () => {
  test("what was written is read again, beside what else there is", () => {
    const extra = withCanaryKind(withCanaryKind({ bins: {} }, "daily", "hdb"), "main", "ndb");
    expect(extra).toHaveProperty("bins");
    expect([...readCanaryKinds(extra)]).toEqual([
      ["daily", "hdb"],
      ["main", "ndb"],
    ]);
    expect([...readCanaryKinds({})]).toEqual([]);
  });

  test.each([
    [{ canaries: [] }],
    [{ canaries: { daily: "cvd" } }],
    [{ canaries: { daily: 1 } }],
    [{ canaries: "hdb" }],
  ])("%j is refused", (extra) => {
    expect(() => readCanaryKinds(extra)).toThrow(expect.objectContaining({ code: "trust.format" }));
  });
});
