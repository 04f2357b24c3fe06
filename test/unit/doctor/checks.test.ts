import { describe, expect, test } from "vitest";
import { judgeCertificate } from "../../../agent/doctor/checks/certificates.ts";
import { judgeClock } from "../../../agent/doctor/checks/clock.ts";
import { judgeDatabase, patienceMs } from "../../../agent/doctor/checks/last-check.ts";
import { judgeMirrors } from "../../../agent/doctor/checks/mirrors.ts";
import { judgeChoice } from "../../../agent/doctor/checks/proxy.ts";
import { judgeSpace } from "../../../agent/doctor/checks/space.ts";
import { judgeMode } from "../../../agent/doctor/checks/state.ts";
import { judgeTrust } from "../../../agent/doctor/checks/trust.ts";
import type { Installed } from "../../../agent/doctor/installed.ts";
import type { ServerFacts } from "../../../agent/doctor/servers.ts";
import { isGenerationName } from "../../../agent/store/layout.ts";
import { emptyRecord } from "../../../agent/store/record.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";

const now = Date.parse("2026-11-24T12:00:00Z");
const day = 86_400_000;
const after = (days: number): string => `${new Date(now + days * day).toISOString().slice(0, 19)}Z`;

describe("the clock", () => {
  const facts = { now, proven: [], aheadMs: [] };

  test.each([
    [[2_000], "ok"],
    [[-90_000], "warning"],
    [[], "warning"],
    [[7_200_000], "failure"],
    [[7_200_000, 500], "ok"],
  ] as const)("%j ms from the servers' is %s", (aheadMs, severity) => {
    expect(judgeClock({ ...facts, aheadMs }).severity).toBe(severity);
  });

  test("behind or ahead has a code of its own", () => {
    expect(judgeClock({ ...facts, aheadMs: [9e6] })).toMatchObject({ code: "clock.behind" });
    expect(judgeClock({ ...facts, aheadMs: [-9e6] })).toMatchObject({ code: "clock.ahead" });
  });

  test("behind a moment that has passed is wrong whatever the servers say", () => {
    const proven = [{ at: now + 3 * day, because: "this program was made" }];
    expect(judgeClock({ ...facts, proven, aheadMs: [0] })).toMatchObject({ code: "clock.behind" });
  });
});

describe("mirrors", () => {
  const good: ServerFacts = {
    url: "https://a.example/",
    choice: { kind: "direct" },
    probe: { ok: true, address: "192.0.2.1" },
    answer: { ok: true, status: 304, tookMs: 5 },
  };
  const error = new VouchsafeError("transfer.unreachable", "No way.");
  const bad: ServerFacts = {
    url: "https://b.example/",
    choice: { kind: "direct" },
    probe: { ok: false, step: "connection", error },
  };

  test("the step that fails is named", () => {
    const [finding] = judgeMirrors([bad]);
    expect(finding).toMatchObject({
      severity: "failure",
      code: "transfer.unreachable",
      message: "https://b.example/ fails at connecting: No way.",
    });
  });

  test("one that works makes the other's failure a warning", () => {
    expect(judgeMirrors([bad, good]).map(({ severity }) => severity)).toEqual(["warning", "ok"]);
  });

  test("an answer that is none of a repository's is a failure of the request", () => {
    const answer = { ok: false, error: new VouchsafeError("transfer.status", "A page.") } as const;
    expect(judgeMirrors([{ ...good, answer }])[0]?.message).toContain("fails at the request");
  });
});

describe("proxies", () => {
  test("credentials are said to be there, and are not shown", () => {
    const url = new URL("http://user:s3cret@proxy.example:3128");
    const { message } = judgeChoice(
      "https://a/",
      { kind: "proxy", variable: "HTTPS_PROXY", url },
      false,
    );
    expect(message).toContain("http://proxy.example:3128 with credentials (HTTPS_PROXY)");
    expect(message).not.toMatch(/user|s3cret/);
  });

  test("the entry of NO_PROXY is named", () => {
    const choice = { kind: "bypassed", variable: "NO_PROXY", entry: ".example" } as const;
    expect(judgeChoice("https://a.example/", choice, false).message).toContain(
      '".example" of NO_PROXY',
    );
  });

  test("a proxy of the configuration is called so", () => {
    const url = new URL("http://proxy.example:3128");
    const through = { kind: "proxy", variable: "HTTPS_PROXY", url } as const;
    expect(judgeChoice("https://a/", through, true).message).toContain("(transfer.proxy)");
    const past = { kind: "bypassed", variable: "NO_PROXY", entry: "a" } as const;
    expect(judgeChoice("https://a/", past, true).message).toContain("transfer.proxy.except");
  });

  test("a variable that holds no address is a failure", () => {
    const choice = { kind: "proxy", variable: "HTTPS_PROXY", url: undefined } as const;
    expect(judgeChoice("https://a/", choice, false).severity).toBe("failure");
  });
});

describe("certificates", () => {
  const certificate = {
    subject: "a.example",
    issuer: "Some CA",
    validFrom: now - day,
    validTo: now + 100 * day,
    privateAuthority: true,
  };

  test.each([
    [100, "ok"],
    [13, "warning"],
    [-1, "failure"],
  ])("with %i days left: %s", (days, severity) => {
    const some = { ...certificate, validTo: now + days * day };
    expect(judgeCertificate("https://a/", some, now).severity).toBe(severity);
  });

  test("issuer and private authority are told", () => {
    const { message } = judgeCertificate("https://a/", certificate, now);
    expect(message).toMatch(/issued by Some CA, by an authority of the configuration, .* 100 more/);
  });
});

describe("trust", () => {
  const facts = { now, lastRunAt: now - 1000 };
  const roles = [
    { role: "root", version: 1, expires: after(300) },
    { role: "timestamp", version: 7, expires: after(2) },
  ];

  test("all is valid", () => {
    expect(judgeTrust({ ...facts, roles }).map(({ severity }) => severity)).toEqual(["ok", "ok"]);
  });

  test("a root that ends soon is a warning, an expired role a failure if it was asked for", () => {
    const [root, timestamp] = judgeTrust({
      ...facts,
      roles: [
        { role: "root", version: 1, expires: after(29) },
        { role: "timestamp", version: 7, expires: after(-2) },
      ],
    });
    expect(root?.severity).toBe("warning");
    expect(timestamp).toMatchObject({ severity: "failure", code: "trust.expired" });
  });

  test("after weeks offline it is only a warning", () => {
    const old = [...roles, { role: "snapshot", version: 7, expires: after(-2) }];
    const findings = judgeTrust({ now, lastRunAt: now - 9 * day, roles: old });
    expect(findings.at(-1)?.severity).toBe("warning");
  });

  test("nothing besides the root is a warning", () => {
    expect(judgeTrust({ ...facts, roles: roles.slice(0, 1) }).at(-1)?.severity).toBe("warning");
  });
});

describe("modes of the state", () => {
  const rule = { forbidden: 0o077, needed: 0o700 };

  test.each([
    [0o700, 1, undefined],
    [0o750, 1, "chmod 0700"],
    [0o702, 1, "chmod 0700"],
    [0o500, 1, "chmod 0700"],
    [0o700, 0, "chown 1"],
    [0o700, 2, "chown 1"],
  ])("%o of user %i", (mode, uid, advice) => {
    const finding = judgeMode("/s/keys", { mode, uid }, 1, rule);
    if (advice === undefined) expect(finding).toBeUndefined();
    else
      expect(finding).toMatchObject({
        code: "disk.permission",
        advice: expect.stringContaining(advice),
      });
  });
});

describe("free space", () => {
  const release = 1_000_000_000;

  test.each([
    [500_000_000, "failure"],
    [1_500_000_000, "warning"],
    [2_500_000_000, "ok"],
  ])("%i bytes for a release of a gigabyte: %s", (free, severity) => {
    expect(judgeSpace("/s", free, [10, release]).severity).toBe(severity);
  });

  test("before anything is installed some room is asked for", () => {
    expect(judgeSpace("/s", 1_000_000, []).severity).toBe("failure");
  });
});

describe("the last check of a database", () => {
  const installed: Installed = {
    current: "generation",
    path: "/s/databases/daily/current",
    release: { version: 1, label: "first", digest: sha256("a") },
    files: 1,
    bytes: 10,
    record: emptyRecord,
  };
  const at = after(0);

  test("that went well", () => {
    const [finding] = judgeDatabase("daily", installed, { at, result: "current" });
    expect(finding).toEqual({ severity: "ok", message: "daily has release first." });
  });

  test("that failed has the code that it failed with", () => {
    const error = { code: "trust.signature", message: "Forged." };
    const [finding] = judgeDatabase("daily", installed, { at, result: "refused", error });
    expect(finding).toMatchObject({ severity: "failure", code: "trust.signature" });
  });

  test("that policy kept back is no failure; an operator's hold is a reminder", () => {
    const error = { code: "policy.window", message: "It is outside the window." };
    const last = { at, result: "held", error } as const;
    expect(judgeDatabase("daily", installed, last)[0]).toMatchObject({ severity: "ok" });
    const record = { ...emptyRecord, hold: { reason: "audit", at } };
    expect(judgeDatabase("daily", { ...installed, record }, last)[0]?.severity).toBe("warning");
  });

  test("a current that is none of ours, and files that were found changed", () => {
    const record = { ...emptyRecord, tampered: generationOf("1-0123456789ab") };
    const broken: Installed = { ...installed, current: "dangling", record };
    expect(judgeDatabase("daily", broken, undefined)).toMatchObject([
      { code: "disk.corrupt" },
      { code: "trust.tampered" },
    ]);
  });

  test("patience is three intervals, by cron a day", () => {
    expect(patienceMs({ everyMs: 3_600_000, jitterMs: 0 })).toBe(3 * 3_600_000);
    expect(patienceMs({ cron: "0 3 * * *", jitterMs: 0 })).toBe(day);
  });
});

function generationOf(name: string) {
  if (!isGenerationName(name)) throw new Error(name);
  return name;
}
