import { describe, expect, test } from "vitest";
import { signEd25519 } from "../../../protocol/ed25519.ts";
import { type Signer, seedSigner } from "../../../protocol/tuf/sign.ts";
import type { Key } from "../../../protocol/tuf/types.ts";
import { variableOf } from "../../../publisher/keys/passphrases.ts";
import { judgeApprovals } from "../../../publisher/proposal/approvals.ts";
import { planDelegation } from "../../../publisher/repository/add-database.ts";
import { isHalfOver } from "../../../publisher/repository/refresh.ts";
import { expiryState } from "../../../publisher/repository/status.ts";

const seed = (name: string): Buffer => Buffer.alloc(32, name);
const signer = (name: string): Signer => seedSigner(seed(name));
const named = (name: string) => ({ name, key: signer(name).key });
const bytes = Buffer.from('{"version":1}');
const signature = (name: string, keyId = signer(name).key.keyId, over = bytes) => ({
  keyId,
  sigs: new Map([["daily", signEd25519(seed(name), over).toString("hex")]]),
});

const documents = [{ role: "daily", message: bytes }];

function database(keys: readonly Key[]) {
  const keyIds = keys.map(({ keyId }) => keyId);
  return {
    signers: { keys: new Map(keys.map((key) => [key.keyId, key])), keyIds, threshold: 2 },
  };
}

describe("approvals", () => {
  const three = database([named("a").key, named("b").key, named("c").key]);
  const judge = (...signatures: ReturnType<typeof signature>[]) => {
    const { approvals, voided } = judgeApprovals(documents, three, signatures);
    return [approvals.length, voided.length];
  };

  test("of different persons count each", () => {
    expect(judge(signature("a"), signature("c"))).toEqual([2, 0]);
  });

  test("of one person count once", () => {
    expect(judge(signature("a"), signature("a"))).toEqual([1, 0]);
  });

  test("of one key under two key ids count once", () => {
    const twin = { ...named("a").key, keyId: "another id" };
    const both = [signature("a"), signature("a", twin.keyId)];
    const { approvals } = judgeApprovals(documents, database([named("a").key, twin]), both);
    expect(approvals).toHaveLength(1);
  });

  test("over other bytes, of strangers, and under another's id are void", () => {
    const other = signature("a", undefined, Buffer.from('{"version":2}'));
    expect(judge(other, signature("d"), signature("a", named("b").key.keyId))).toEqual([0, 3]);
  });
});

describe("a delegation", () => {
  const plan = (names: readonly string[], threshold?: number) =>
    planDelegation({
      name: "daily",
      keys: names.map(named),
      subfolders: 0,
      ...(threshold === undefined ? {} : { threshold }),
    });

  test("asks for more than half of the keys if nothing is said", () => {
    const thresholds = [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]].map(
      (names) => plan(names).threshold,
    );
    expect(thresholds).toEqual([1, 2, 2, 3]);
  });

  test("is terminating and covers the database's folder", () => {
    expect(plan(["a", "b"], 1)).toMatchObject({
      name: "daily",
      threshold: 1,
      terminating: true,
      paths: { kind: "patterns", list: ["daily/*"] },
    });
  });

  test("refuses one key under two names, no keys, and thresholds out of reach", () => {
    const twins = {
      name: "daily",
      subfolders: 0,
      keys: [named("a"), { ...named("a"), name: "z" }],
    };
    expect(() => planDelegation(twins)).toThrow("a and z are one and the same key");
    expect(() => plan([])).toThrow("needs a key");
    expect(() => plan(["a"], 2)).toThrow("1 to 1");
    expect(() => plan(["a"], 0)).toThrow("1 to 1");
  });
});

describe("expiry", () => {
  const expires = "2026-12-08T12:00:00Z";
  const before = (days: number) => new Date(Date.parse(expires) - days * 86_400_000);

  test("a snapshot is renewed in the second half of its life", () => {
    expect(isHalfOver(expires, 14, before(7))).toBe(false);
    expect(isHalfOver(expires, 14, before(6.99))).toBe(true);
  });

  test("is soon in the last quarter, and past at the very moment", () => {
    const states = [14, 3.5, 3.4, 0, -1].map((days) => expiryState(expires, 14, before(days)));
    expect(states).toEqual(["ok", "ok", "soon", "expired", "expired"]);
  });
});

test("each key has a variable of its own", () => {
  expect(variableOf("root-1")).toBe("VOUCHSAFE_PASSPHRASE_ROOT_1");
});
