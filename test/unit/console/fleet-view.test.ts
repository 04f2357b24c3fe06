import { describe, expect, test } from "vitest";
import { lateAfterMs, viewAgent } from "../../../console/api/fleet-view.ts";
import type { AgentView } from "../../../console/api/views.ts";
import { hostName, matchesText, sortAgents } from "../../../console/web/fleet.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import type { ReportedDatabase, StatusReport } from "../../../protocol/report/status-report.ts";
import { makeEndpoint, sampleReport } from "../../testkit/console-fixture.ts";

const now = new Date("2026-11-24T12:00:00Z");
const endpoint = makeEndpoint("view");
const fresh: ReportedDatabase = {
  name: "daily",
  release: { version: 3, label: "three", digest: sha256("3") },
  installedAt: "2026-11-24T09:00:00Z",
  lastCheckAt: "2026-11-24T11:00:00Z",
  lastResult: "current",
};

function view(
  change: Partial<StatusReport>,
  { silentMs = 0, newest = 3 }: { silentMs?: number; newest?: number } = {},
): AgentView {
  const report = sampleReport(endpoint, 1, { databases: [fresh], ...change });
  const stored = {
    id: endpoint.id,
    enrolledAt: now.getTime() - 86_400_000,
    lastSeenAt: now.getTime() - silentMs,
    report: JSON.stringify(report),
  };
  return viewAgent(stored, new Map([["daily", newest]]), now);
}

describe("the state of an agent", () => {
  test("is ok with the newest release and a recent report", () => {
    expect(view({})).toMatchObject({ state: "ok", reasons: [] });
  });

  test("is never before its first report", () => {
    const stored = { id: endpoint.id, enrolledAt: 0, lastSeenAt: null, report: null };
    expect(viewAgent(stored, new Map(), now)).toMatchObject({ state: "never", databases: [] });
  });

  test("is outdated when others have a newer release, or nothing is installed", () => {
    const behind = view({}, { newest: 4 });
    expect(behind.state).toBe("outdated");
    expect(behind.reasons).toEqual(["daily: version 3, others have 4"]);
    const empty = view({ databases: [{ ...fresh, release: null, installedAt: null }] });
    expect(empty.reasons).toEqual(["daily: not installed yet"]);
  });

  test("is late after two and a half of its own intervals", () => {
    const limit = lateAfterMs(3_600);
    expect(limit).toBe(9_000_000);
    expect(view({ intervalSeconds: 3_600 }, { silentMs: limit }).state).toBe("ok");
    expect(view({ intervalSeconds: 3_600 }, { silentMs: limit + 1 }).state).toBe("late");
    expect(view({ intervalSeconds: 86_400 }, { silentMs: limit + 1 }).state).toBe("ok");
  });

  test.each(["failed", "refused", "reverted"] as const)("is failing after %s", (lastResult) => {
    const error = { code: "trust.signature", message: "Too few signatures." };
    const failing = view({ databases: [{ ...fresh, lastResult, error }] });
    expect(failing.state).toBe("failing");
    expect(failing.reasons).toEqual([`daily: ${lastResult} (Too few signatures.)`]);
    expect(view({ lastResult })).toMatchObject({
      state: "failing",
      reasons: [`last run: ${lastResult}`],
    });
  });

  test.each(["held", "planned", "updated", "current"] as const)(
    "is not failing after %s",
    (lastResult) => {
      expect(view({ lastResult }).state).toBe("ok");
    },
  );

  test("tells a failure first, and lateness with it", () => {
    const both = view({ lastResult: "failed" }, { silentMs: 86_400_000 });
    expect(both.state).toBe("failing");
    expect(both.reasons).toEqual(["no report for longer than expected"]);
  });
});

describe("the list on the page", () => {
  const named = (hostname: string, state: AgentView["state"]): AgentView => ({
    ...view({}),
    hostname,
    state,
  });

  test("puts the worst first, then goes by name", () => {
    const agents = [named("b", "ok"), named("a", "ok"), named("c", "late"), named("d", "failing")];
    expect(sortAgents(agents).map(({ hostname }) => hostname)).toEqual(["d", "c", "a", "b"]);
  });

  test("names a host by name, pseudonym or id", () => {
    expect(hostName(named("h", "ok"))).toBe("h");
    const hidden = { ...view({}), hostname: null };
    expect(hostName({ ...hidden, hostnameHash: "0123456789abcdef" })).toBe("host 0123456789abcdef");
    expect(hostName(hidden)).toBe(`agent ${endpoint.id.slice(0, 8)}`);
  });

  test("finds by host, system, database and label, ignoring case", () => {
    const agent = named("Edge-1", "ok");
    for (const text of ["edge", "DEBIAN", "daily", "three", endpoint.id, ""]) {
      expect(matchesText(agent, text)).toBe(true);
    }
    expect(matchesText(agent, "windows")).toBe(false);
  });
});
