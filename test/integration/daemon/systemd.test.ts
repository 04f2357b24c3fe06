/** The service under a service manager that speaks sd_notify(3), through the real systemd-notify. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AgentFixture, agentFixture } from "../../testkit/agent-fixture.ts";
import {
  canListen,
  type DatagramListener,
  listenForDatagrams,
} from "../../testkit/datagram-listener.ts";

const possible = canListen && existsSync("/usr/bin/systemd-notify");
const patient = { timeout: 60_000, interval: 100 };

describe.skipIf(!possible)("under systemd", () => {
  let fixture: AgentFixture;
  let manager: DatagramListener;

  beforeEach(async () => {
    fixture = await agentFixture();
    const socket = join(fixture.dir, "notify");
    manager = await listenForDatagrams(socket);
    process.env["NOTIFY_SOCKET"] = socket;
    process.env["WATCHDOG_USEC"] = "3000000";
  });
  afterEach(async () => {
    delete process.env["NOTIFY_SOCKET"];
    delete process.env["WATCHDOG_USEC"];
    await fixture.remove();
    await manager.stop();
  });

  const lines = (): string[] => manager.heard().flatMap((message) => message.trim().split("\n"));

  test("the service is ready when its socket is there, shows signs of life, reloads and stops", async () => {
    fixture.configure("schedule: {jitter: 1h}");
    const service = fixture.start("run");
    await expect.poll(lines, patient).toContain("READY=1");
    expect(existsSync(fixture.socket)).toBe(true);
    expect(lines().find((line) => line.startsWith("STATUS="))).toMatch(
      /^STATUS=Idle; no check yet; next check \d{4}-/,
    );
    const feeds = (): number => lines().filter((line) => line === "WATCHDOG=1").length;
    await expect.poll(feeds, patient).toBeGreaterThan(2);

    service.child.kill("SIGHUP");
    await expect.poll(() => manager.heard().some(isReload), patient).toBe(true);
    const reload = manager.heard().findIndex(isReload);
    const after = (): string =>
      manager
        .heard()
        .slice(reload + 1)
        .join("");
    await expect.poll(after, patient).toContain("READY=1");

    expect((await fixture.agent("update", "--now")).code).toBe(0);
    await expect
      .poll(lines, patient)
      .toContainEqual(expect.stringMatching(/last check .*: updated/));

    service.child.kill("SIGTERM");
    expect((await service.ended).code).toBe(0);
    await expect.poll(lines, patient).toContain("STOPPING=1");
    expect(lines().slice(lines().indexOf("STOPPING=1"))).not.toContain("READY=1");
  });
});

function isReload(message: string): boolean {
  return /^RELOADING=1\nMONOTONIC_USEC=\d+$/m.test(message);
}
