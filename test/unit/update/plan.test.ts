import { describe, expect, test } from "vitest";
import { noPolicy } from "../../../agent/policy/decide.ts";
import { isGenerationName } from "../../../agent/store/layout.ts";
import { emptyRecord } from "../../../agent/store/record.ts";
import type { TrustedRelease } from "../../../agent/trust/types.ts";
import {
  type Installed,
  type PlanFacts,
  planDatabase,
  planDocument,
} from "../../../agent/update/plan.ts";
import { sha256 } from "../../../protocol/bytes.ts";

const at = "2026-01-01T00:00:00Z";

function fileOf(path: string, content: string, zst?: number) {
  const base = { path, length: content.length, sha256: sha256(content), deltas: new Map() };
  return zst === undefined ? base : { ...base, zst };
}

function releaseOf(version: number, files: TrustedRelease["files"]): TrustedRelease {
  return {
    database: "daily",
    version,
    label: `v${version}`,
    digest: sha256(`release ${version}`),
    created: at,
    notes: "",
    consistentSnapshot: true,
    files,
  };
}

function installedOf(release: TrustedRelease, suspects: readonly string[] = []): Installed {
  const name = `${release.version}-${release.digest.slice(0, 12)}`;
  if (!isGenerationName(name)) throw new Error(name);
  const { version, label, digest, files } = release;
  return {
    name,
    suspects: new Set(suspects),
    manifest: {
      database: "daily",
      release: { version, label, digest },
      created: at,
      installedAt: at,
      files: files.map(({ path, length, sha256: hash }) => ({
        path,
        length,
        sha256: hash,
        mtimeMs: 1,
      })),
    },
  };
}

const one = releaseOf(1, [fileOf("a", "aaaa"), fileOf("b", "bbbb")]);
const two = releaseOf(2, [fileOf("a", "aaaa"), fileOf("b", "BBBBB", 3), fileOf("c", "cc", 9)]);

function plan(facts: Partial<PlanFacts> & { release: TrustedRelease }) {
  return planDatabase({
    installed: undefined,
    record: emptyRecord,
    taken: new Set(),
    policy: noPolicy,
    agent: "0".repeat(32),
    agentVersion: "1.2.0",
    now: new Date(at),
    deltas: true,
    skip: { window: false, rollout: false },
    ...facts,
  });
}

describe("what the planner does with each file", () => {
  test("keeps what is there, takes the smaller of zstd and whole for the rest", () => {
    const planned = plan({ release: two, installed: installedOf(one) });
    if (planned.action !== "install") throw new Error(planned.action);
    expect(planned.files.map(({ how, file }) => [file.path, how])).toEqual([
      ["a", "keep"],
      ["b", "zstd"],
      ["c", "whole"],
    ]);
    expect(planned.fetchBytes).toBe(3 + 2);
  });

  test("does not keep a file that looks odd", () => {
    const planned = plan({ release: two, installed: installedOf(one, ["a"]) });
    expect(planDocument(planned).keep.files).toBe(0);
  });

  test("fetches all of a first install, and says what it needs on the disk", () => {
    const document = planDocument(plan({ release: one }));
    expect(document).toMatchObject({
      action: "install",
      why: "Release 1 (v1) replaces nothing.",
      fetch: { files: 2, bytes: 8 },
      keep: { files: 0, bytes: 0 },
    });
    expect(document.disk).toBe(2 * 4096 + 4096 + 1024 * 1024);
  });

  test("takes another name when the release's own is in use", () => {
    const name = installedOf(one).name;
    const planned = plan({ release: one, taken: new Set([name, `${name}-2`]) });
    expect(planned).toMatchObject({ generation: `${name}-3` });
  });
});

describe("why nothing is done", () => {
  const hold = { reason: "audit", at, until: "2026-01-02T00:00:00Z" };
  const quarantine = [{ release: two, at, reason: "consumer.trial-failed" }];

  test.each([
    ["installed", { release: one, installed: installedOf(one) }, "Release 1 (v1) is installed."],
    [
      "held",
      { release: two, installed: installedOf(one), record: { ...emptyRecord, hold } },
      "It is held until 2026-01-02T00:00:00Z: audit",
    ],
    [
      "quarantined",
      { release: two, installed: installedOf(one), record: { ...emptyRecord, quarantine } },
      "Release 2 (v2) is quarantined since 2026-01-01T00:00:00Z (consumer.trial-failed).",
    ],
    [
      "below minAgent",
      { release: { ...two, minAgent: "1.10.0" } },
      "Release 2 (v2) needs agent 1.10.0; this is 1.2.0.",
    ],
  ])("%s", (_, facts, why) => {
    const document = planDocument(plan(facts));
    expect(document).toMatchObject({ action: "none", why, disk: 0 });
  });

  test("a hold that has ended holds nothing; a quarantine does not touch the next release", () => {
    const record = { ...emptyRecord, hold, quarantine };
    const later = new Date("2026-01-02T00:00:00Z");
    expect(plan({ release: one, record, now: later }).action).toBe("install");
  });
});

describe("damage", () => {
  test("of the installed release is repaired, even under a hold", () => {
    const record = { ...emptyRecord, hold: { reason: "audit", at } };
    expect(plan({ release: one, installed: installedOf(one, ["b"]), record })).toMatchObject({
      action: "repair",
      why: "Installed files of release 1 (v1) differ from what was signed.",
      fetchBytes: 4,
    });
  });

  test("that verify found is repaired though nothing looks odd", () => {
    const installed = installedOf(one);
    const record = { ...emptyRecord, tampered: installed.name };
    expect(plan({ release: one, installed, record }).action).toBe("repair");
  });
});

describe("a release that the vendor stopped", () => {
  const stopped = {
    ...two,
    halted: true,
    stop: { database: "daily", version: 2, reason: "it blocks mail", at },
  };

  test("is not installed, not even with --force", () => {
    const skip = { window: true, rollout: true };
    expect(plan({ release: stopped, installed: installedOf(one), skip })).toMatchObject({
      action: "held",
      why: "Release 2 (v2) was stopped by the vendor at 2026-01-01T00:00:00Z: it blocks mail",
      reasons: [{ code: "policy.halted" }],
    });
  });

  test("stays where it is installed; the plan names the way back and does not take it", () => {
    expect(plan({ release: stopped, installed: installedOf(stopped) })).toMatchObject({
      action: "held",
      why: 'Release 2 (v2) is installed, but was stopped by the vendor (it blocks mail); "rollback daily" goes back.',
      reasons: [{ code: "policy.halted" }],
    });
  });
});
