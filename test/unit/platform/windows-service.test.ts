import { describe, expect, test } from "vitest";
import { type Dispatcher, linkService } from "../../../agent/platform/windows/service/link.ts";
import { answerTo, serviceStatus } from "../../../agent/platform/windows/service/status.ts";
import { systemClock } from "../../../host/clock.ts";

/** SERVICE_STATUS, told apart. */
function told(status: Buffer) {
  const at = (index: number): number => status.readUInt32LE(index * 4);
  return { state: at(1), accepts: at(2), exit: at(3), specific: at(4), checkpoint: at(5) };
}

/** A manager that keeps what it is told, and time that passes when the test says so. */
function manager() {
  const statuses: ReturnType<typeof told>[] = [];
  const sleepers: (() => void)[] = [];
  let onControl: (control: number) => boolean = () => false;
  const dispatcher: Dispatcher = {
    connect: async (listener) => {
      onControl = listener;
    },
    setStatus: (status) => void statuses.push(told(status)),
  };
  const clock = {
    ...systemClock,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        sleepers.push(resolve);
        signal?.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
      }),
  };
  const second = async () => {
    for (const wake of sleepers.splice(0)) wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    statuses,
    second,
    link: () => linkService(dispatcher, clock),
    control: (code: number) => onControl(code),
  };
}

const last = <T>(all: readonly T[]): T | undefined => all.at(-1);

describe("a service of Windows", () => {
  test("is pending until it listens, and counts on meanwhile; then it is running", async () => {
    const windows = manager();
    const link = await windows.link();
    await windows.second();
    expect(windows.statuses.map(({ state, checkpoint }) => [state, checkpoint])).toEqual([
      [2, 1],
      [2, 2],
    ]);
    await link.manager.tell(["READY=1", "STATUS=idle"]);
    await windows.second();
    expect(last(windows.statuses)).toEqual({
      state: 4,
      accepts: 0x101,
      exit: 0,
      specific: 0,
      checkpoint: 0,
    });
    expect(windows.statuses.length).toBe(3);
  });

  test.each([
    ["stop", 1],
    ["preshutdown", 15],
  ])(
    "asked to end (%s) drains with checkpoints, and is stopped when all is over",
    async (_, code) => {
      const windows = manager();
      const link = await windows.link();
      await link.manager.tell(["READY=1"]);
      expect(link.signal.aborted).toBe(false);
      expect(windows.control(code)).toBe(true);
      expect(link.signal.aborted).toBe(true);
      await windows.second();
      await windows.second();
      expect(windows.statuses.slice(-3)).toMatchObject([
        { state: 3, checkpoint: 1, accepts: 0 },
        { state: 3, checkpoint: 2 },
        { state: 3, checkpoint: 3 },
      ]);
      link.stopped(0);
      await windows.second();
      expect(last(windows.statuses)).toMatchObject({ state: 1, exit: 0 });
    },
  );

  test("asked twice does not begin again, and is never running again", async () => {
    const windows = manager();
    const link = await windows.link();
    windows.control(1);
    await windows.second();
    windows.control(1);
    await link.manager.tell(["READY=1"]);
    expect(last(windows.statuses)).toMatchObject({ state: 3, checkpoint: 2 });
  });

  test("that fails tells the exit code as its own", () => {
    expect(told(serviceStatus("stopped", 0, 2))).toMatchObject({ exit: 1066, specific: 2 });
    expect(told(serviceStatus("stopped", 0, 0))).toMatchObject({ exit: 0, specific: 0 });
  });

  test("answers what it knows", () => {
    expect([1, 15, 4, 2, 128].map(answerTo)).toEqual([
      "stop",
      "stop",
      "nothing",
      undefined,
      undefined,
    ]);
  });
});
