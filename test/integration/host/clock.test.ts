/** The machine's clock behind the port. */
import { expect, test } from "vitest";
import { systemClock } from "../../../host/clock.ts";

test("sleeps about as long as it is told", async () => {
  const before = systemClock.monotonicMs();
  await systemClock.sleep(50);
  expect(systemClock.monotonicMs() - before).toBeGreaterThanOrEqual(45);
});

test("wakes with the signal's own reason, also if that was there before", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);
  await expect(systemClock.sleep(60_000, controller.signal)).rejects.toBe(reason);
  await expect(systemClock.sleep(60_000, controller.signal)).rejects.toBe(reason);
});
