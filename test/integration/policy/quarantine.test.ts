import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Consumer, Subject } from "../../../agent/consumer/consumer.ts";
import { isGenerationName } from "../../../agent/store/layout.ts";
import { emptyRecord, quarantined } from "../../../agent/store/record.ts";
import { committedRecord } from "../../../agent/update/commit.ts";
import type { Journal } from "../../../agent/update/journal.ts";
import { readState } from "../../../agent/update/read-state.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import type { ErrorCode } from "../../../protocol/error-codes.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";

let engine: EngineFixture;
beforeEach(async () => {
  engine = await engineFixture();
  await engine.publish({ "main.txt": "one" });
  await engine.updateDaily();
  await engine.publish({ "main.txt": "two" });
});
afterEach(() => engine.remove());

/** A consumer that fails to confirm these versions with that code. */
function failing(versions: readonly number[], code: ErrorCode): Consumer {
  return {
    trial: async () => undefined,
    reload: async () => undefined,
    confirm: async ({ version }: Subject) => {
      if (versions.includes(version)) throw new VouchsafeError(code, "It says no.");
    },
  };
}

const condemned = async () =>
  (await readState(engine.context())).databases[0]?.quarantine.map(
    ({ release }) => release.version,
  );

describe("a release that failed here is quarantined", () => {
  test("by its digest, until a newer one is installed", async () => {
    await engine.updateDaily({ consumer: failing([2], "consumer.confirm-failed") });
    expect(await condemned()).toEqual([2]);
    expect((await engine.updateDaily()).error?.code).toBe("policy.quarantined");
    await engine.publish({ "main.txt": "three" });
    expect(await engine.updateDaily()).toMatchObject({ result: "updated", to: { version: 3 } });
    expect(await condemned()).toEqual([]);
  });

  test("and stays so while newer ones are only offered, held or failing", async () => {
    await engine.updateDaily({ consumer: failing([2], "consumer.confirm-failed") });
    await engine.publish({ "main.txt": "three" });
    await engine.updateDaily({ consumer: failing([3], "consumer.confirm-failed") });
    expect(await condemned()).toEqual([2, 3]);
  });

  test("never when the consumer was unreachable", async () => {
    await engine.updateDaily({ consumer: failing([2], "consumer.unreachable") });
    expect([engine.read("main.txt"), await condemned()]).toEqual(["one", []]);
    expect((await engine.updateDaily()).result).toBe("updated");
  });

  test("never when the old release fails its confirm as well", async () => {
    await engine.updateDaily({ consumer: failing([1, 2], "consumer.confirm-failed") });
    expect([engine.read("main.txt"), await condemned()]).toEqual(["one", []]);
    expect((await engine.updateDaily()).result).toBe("updated");
  });
});

test("a commit ends the quarantine of every older release, and of no other", () => {
  const ref = (version: number) => ({ version, label: "", digest: sha256(`release ${version}`) });
  const record = [1, 2, 3, 4].reduce(
    (state, version) => ({ ...state, quarantine: quarantined(state, ref(version), "", "x") }),
    emptyRecord,
  );
  const to = `3-${ref(3).digest.slice(0, 12)}`;
  if (!isGenerationName(to)) throw new Error(to);
  const journal: Journal = {
    id: "0".repeat(32),
    kind: "update",
    state: "confirming",
    startedAt: "",
    to,
    release: ref(3),
    from: null,
    fromRelease: null,
  };
  const left = committedRecord(record, journal, "").quarantine;
  expect(left.map(({ release }) => release.version)).toEqual([3, 4]);
});
