import { describe, expect, test } from "vitest";
import { parseAgentConfig } from "../../../agent/config/load.ts";
import type { DoctorPorts } from "../../../agent/doctor/context.ts";
import { doctorContext, examine } from "../../../agent/doctor/examine.ts";
import { type Check, ok } from "../../../agent/doctor/findings.ts";
import { symlinkPointer } from "../../../agent/platform/linux/pointer.ts";
import { systemClock } from "../../../host/clock.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import type { HttpClient } from "../../../host/http/types.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";

const unreachable = new VouchsafeError("transfer.unreachable", "No network in this test.");
const http: HttpClient = { request: () => Promise.reject(unreachable), close: () => undefined };

/** Sleeps are over at once: whoever waits for something else is late. */
const hastyClock = { ...systemClock, sleep: () => Promise.resolve() };

async function contextWith(more: Partial<DoctorPorts> = {}) {
  const text = [
    "repository: { url: ['http://a.test/', 'http://b.test/'], root: /nowhere/root.json }",
    "databases: { daily: {} }",
    "state: /nowhere/state",
  ].join("\n");
  const { config } = await parseAgentConfig("test", Buffer.from(text));
  const ports: DoctorPorts = {
    fs: nodeFileSystem,
    clock: systemClock,
    run: () => Promise.reject(unreachable),
    pointer: symlinkPointer(nodeFileSystem),
    env: {},
    proxyEnv: {},
    uid: 1,
    mayUse: async () => true,
    probe: async () => ({ ok: false, step: "name", error: unreachable }),
    mirrorHttp: http,
    consoleHttp: http,
    authorities: {},
    askService: async () => undefined,
    rooted: { denials: [] },
    ...more,
  };
  return doctorContext(config, ports, new AbortController().signal);
}

const checkOf = (id: string, run: Check["run"]): Check => ({ id, title: id, run });
const never = new AbortController().signal;

describe("an examination", () => {
  test("tells the findings in the order of the list, whichever is found first", async () => {
    const first = Promise.withResolvers<void>();
    const slow = checkOf("slow", async () => {
      await first.promise;
      return [ok("slow")];
    });
    const quick = checkOf("quick", async () => {
      first.resolve(); // they run side by side, or this test would not end
      return [ok("quick")];
    });
    const examined = await examine([slow, quick], await contextWith(), never);
    expect(examined.map(({ check }) => check)).toEqual(["slow", "quick"]);
  });

  test("goes on when a check throws, and makes a failure of it", async () => {
    const throwing = checkOf("throws", async () => {
      throw new VouchsafeError("disk.io", "Cannot read.");
    });
    const defective = checkOf("defect", () => Promise.reject(new TypeError("x is not a function")));
    const good = checkOf("good", async () => [ok("Good.")]);
    const examined = await examine([throwing, defective, good], await contextWith(), never);
    expect(examined).toMatchObject([
      { findings: [{ severity: "failure", code: "disk.io", message: "Cannot read." }] },
      { findings: [{ severity: "failure", code: "internal.unexpected" }] },
      { findings: [{ severity: "ok" }] },
    ]);
  });

  test("does not wait for a check that hangs, and tells it to stop", async () => {
    let stopped: AbortSignal | undefined;
    const hanging = checkOf("hangs", (_, signal) => {
      stopped = signal;
      return new Promise(() => undefined);
    });
    const context = await contextWith({ clock: hastyClock });
    const [examined] = await examine([hanging], context, never);
    expect(examined?.findings).toMatchObject([{ severity: "warning" }]);
    expect(stopped?.aborted).toBe(true);
  });

  test("looks at each server once, however many checks ask", async () => {
    const probed: string[] = [];
    const context = await contextWith({
      probe: async ({ url }) => {
        probed.push(url);
        return { ok: false, step: "name", error: unreachable };
      },
    });
    const asking = (id: string) =>
      checkOf(id, async ({ mirrors }) => {
        await mirrors();
        return [];
      });
    await examine([asking("a"), asking("b"), asking("c")], context, never);
    expect(probed).toEqual(["http://a.test/", "http://b.test/"]);
  });

  test("ends with the caller's reason when it is interrupted", async () => {
    const stop = new AbortController();
    const hanging = checkOf("hangs", () => new Promise(() => undefined));
    const examined = examine([hanging], await contextWith(), stop.signal);
    stop.abort(new Error("interrupted"));
    await expect(examined).rejects.toThrow("interrupted");
  });
});
