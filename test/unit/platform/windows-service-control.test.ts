import { describe, expect, test } from "vitest";
import {
  type ServiceControl,
  startService,
  stopService,
  uninstallService,
} from "../../../agent/platform/windows/service/control.ts";
import {
  failureActions,
  type ServiceState,
  serviceCommand,
  serviceSettings,
  stateOf,
} from "../../../agent/platform/windows/service/settings.ts";
import { systemClock } from "../../../host/clock.ts";

/** A manager whose service goes through these states, one at each wait, and the calls it got. */
function manager(...states: ServiceState[]) {
  const calls: string[] = [];
  let now = 0;
  const control: ServiceControl = {
    state: () => states[0] ?? "stopped",
    install: () => true,
    configure: () => undefined,
    remove: () => {
      calls.push("remove");
      states.splice(0, states.length, "not installed");
    },
    start: () => {
      calls.push("start");
      states.shift();
    },
    requestStop: () => {
      calls.push("stop");
      states.shift();
    },
  };
  const clock = {
    ...systemClock,
    monotonicMs: () => now,
    sleep: async (ms: number) => {
      now += ms;
      if (states.length > 1) states.shift();
    },
  };
  return { control, clock, calls };
}

describe("an administrator's command", () => {
  test("start waits until the service runs", async () => {
    const { control, clock, calls } = manager("stopped", "starting", "starting", "running");
    await startService(control, clock);
    expect([control.state(), calls]).toEqual(["running", ["start"]]);
  });

  test("start changes nothing when it runs", async () => {
    const { control, clock, calls } = manager("running");
    await startService(control, clock);
    expect(calls).toEqual([]);
  });

  test("start says so when the service ends instead", async () => {
    const { control, clock } = manager("stopped", "starting", "stopped");
    await expect(startService(control, clock)).rejects.toThrow(
      "The service is stopped, not running",
    );
  });

  test("stop waits for the drain", async () => {
    const { control, clock, calls } = manager("running", "stopping", "stopping", "stopped");
    await stopService(control, clock);
    expect([control.state(), calls]).toEqual(["stopped", ["stop"]]);
  });

  test("stop waits for a start that is under way", async () => {
    const { control, clock, calls } = manager("starting", "running", "stopping", "stopped");
    await stopService(control, clock);
    expect(calls).toEqual(["stop"]);
  });

  test("stop does not wait for ever", async () => {
    const { control, clock } = manager("running", "stopping");
    await expect(stopService(control, clock)).rejects.toThrow(
      "The service is stopping, not stopped",
    );
  });

  test("uninstall stops first", async () => {
    const { control, clock, calls } = manager("running", "stopping", "stopped");
    expect(await uninstallService(control, clock)).toBe(true);
    expect(calls).toEqual(["stop", "remove"]);
    expect(await uninstallService(control, clock)).toBe(false);
  });

  test.each([startService, stopService])("%o names the way out without a service", async (verb) => {
    const { control, clock } = manager("not installed");
    await expect(verb(control, clock)).rejects.toThrow("use vouchsafe-agent service install");
  });
});

describe("the service's command line", () => {
  test.each([
    [
      "C:\\Program Files\\Vouchsafe\\a.exe",
      ["service", "run"],
      '"C:\\Program Files\\Vouchsafe\\a.exe" service run',
    ],
    ["C:\\a.exe", ["--config", "D:\\my files\\"], '"C:\\a.exe" --config "D:\\my files\\\\"'],
    ["C:\\a.exe", ['say "x\\"'], '"C:\\a.exe" "say \\"x\\\\\\""'],
  ])("quotes %s %j", (program, args, line) => {
    expect(serviceCommand(program, args)).toBe(line);
  });
});

test("the manager's states have names", () => {
  expect([1, 2, 3, 4, 7].map(stateOf)).toEqual([
    "stopped",
    "starting",
    "stopping",
    "running",
    "paused",
  ]);
});

test("the settings: restarts after 5 s, 30 s and 2 min, delayed start, a minute to shut down", () => {
  const actions = failureActions();
  const restarts = [0, 2, 4].map((at) => [
    actions.readUInt32LE(at * 4),
    actions.readUInt32LE(at * 4 + 4),
  ]);
  expect(restarts).toEqual([
    [1, 5_000],
    [1, 30_000],
    [1, 120_000],
  ]);
  const settings = new Map(serviceSettings(7n, 9n).map(({ level, bytes }) => [level, bytes]));
  expect(settings.get(1)?.readBigUInt64LE(0)).toBe(9n);
  expect(settings.get(2)?.readUInt32LE(0)).toBe(86_400);
  expect(settings.get(2)?.readUInt32LE(24)).toBe(3);
  expect(settings.get(2)?.readBigUInt64LE(32)).toBe(7n);
  expect(settings.get(3)?.readUInt32LE(0)).toBe(1);
  expect(settings.get(4)?.readUInt32LE(0)).toBe(1);
  expect(settings.get(7)?.readUInt32LE(0)).toBe(60_000);
});
