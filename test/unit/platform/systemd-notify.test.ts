/** What a service learns from its environment about systemd (sd_watchdog_enabled(3)). */
import { describe, expect, test } from "vitest";
import {
  systemdOf,
  watchdogMsOf,
  withoutNotifySocket,
} from "../../../agent/platform/linux/systemd-notify.ts";

const run = async () => {
  throw new Error("ENOENT");
};

describe("the watchdog", () => {
  test.each([
    [{ WATCHDOG_USEC: "180000000" }, 180_000],
    [{ WATCHDOG_USEC: "180000000", WATCHDOG_PID: "42" }, 180_000],
    [{ WATCHDOG_USEC: "180000000", WATCHDOG_PID: "43" }, undefined],
    [{ WATCHDOG_USEC: "0" }, undefined],
    [{ WATCHDOG_USEC: "-1" }, undefined],
    [{ WATCHDOG_USEC: "9".repeat(400) }, undefined],
    [{}, undefined],
  ])("of %j has the patience %s", (env, ms) => {
    expect(watchdogMsOf({ env, pid: 42 })).toBe(ms);
  });
});

describe("the manager", () => {
  test.each([{}, { NOTIFY_SOCKET: "" }, { NOTIFY_SOCKET: "vsock:2:1" }])(
    "is nobody we could tell with %j",
    (env) => {
      expect(systemdOf({ env, pid: 42 }, run)).toBeUndefined();
    },
  );

  test("without systemd-notify is not told, and that is no error", async () => {
    const systemd = systemdOf({ env: { NOTIFY_SOCKET: "/run/x" }, pid: 42 }, run);
    expect(await systemd?.tell(["READY=1"])).toBe(false);
  });
});

test("children do not learn of the socket", () => {
  const env = { PATH: "/bin", NOTIFY_SOCKET: "/x", WATCHDOG_USEC: "1", WATCHDOG_PID: "1" };
  expect(withoutNotifySocket(env)).toEqual({ PATH: "/bin" });
});
