/**
 * The agent's Debian package under a real systemd: from installation to the first update through a
 * real clamd, and what the service survives. The tests build on each other.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Guest } from "../../testkit/nspawn.ts";
import { configureAgent, installed, scanned, signatures, update } from "./agent-setup.ts";
import { setUpClamd } from "./clamd-in-guest.ts";
import {
  guestsRun,
  guestTimeoutMs,
  guestWithVendor,
  patience,
  property,
  whenUnit,
} from "./guest.ts";
import type { Vendor } from "./vendor.ts";

const service = "vouchsafe-agent.service";
const entrySchema = z.looseObject({ PRIORITY: z.string() });

describe.runIf(guestsRun)("the agent as a service", () => {
  let guest: Guest;
  let vendor: Vendor;

  beforeAll(async () => {
    ({ guest, vendor } = await guestWithVendor());
  }, guestTimeoutMs);
  afterAll(() => guest?.[Symbol.asyncDispose]());

  const mainPid = (): Promise<string> => property(guest, service, "MainPID");
  const restarts = async (): Promise<number> => Number(await property(guest, service, "NRestarts"));

  /** Waits until systemd has started the service anew. */
  async function whenRestarted(before: number): Promise<void> {
    await expect.poll(restarts, patience).toBeGreaterThan(before);
    await whenUnit(guest, service, "active");
  }

  test("installing it starts nothing, and without a bootstrap root it cannot be started", async () => {
    await guest.ok("dpkg -i /root/agent.deb");
    expect((await guest.run(`systemctl is-enabled ${service}`)).stdout).toBe("disabled");
    await guest.ok(`systemctl start ${service}`);
    expect(await property(guest, service, "ActiveState")).toBe("inactive");
    expect(await property(guest, service, "ConditionResult")).toBe("no");
  });

  test("a configuration that is wrong is told once, not started again and again", async () => {
    configureAgent(guest, vendor, "clamav", "policy: { ring: silver }");
    await guest.run(`systemctl start ${service}`);
    await whenUnit(guest, service, "failed");
    expect(await restarts()).toBe(0);
    expect(await guest.ok(`journalctl -u ${service} -o cat`)).toContain("policy.ring");
    await guest.ok(`systemctl reset-failed ${service}`);
  });

  test("configured and enabled it runs, and installs the first release before there is a clamd", async () => {
    const version = await vendor.release(signatures(false));
    configureAgent(guest, vendor, "clamav");
    await setUpClamd(guest);
    await guest.ok(`agent config check && systemctl enable --now ${service}`);
    await update(guest);
    expect(await installed(guest)).toBe(version);
    await guest.ok("systemctl restart clamav-daemon.socket clamav-daemon.service");
    await expect.poll(() => scanned(guest), patience).toBe("clean");
    expect(await update(guest)).toMatchObject({ code: 0, result: "current" });
  });

  test("a release is in use by clamd as soon as the update has ended, proven by its canary", async () => {
    const version = await vendor.release(signatures(true));
    expect(await update(guest)).toMatchObject({ code: 0 });
    expect(await installed(guest)).toBe(version);
    expect(await scanned(guest)).toBe("Test.Infected.UNOFFICIAL");
  });

  test("its sandbox holds: outside its state nothing can be written, and it has no privilege", async () => {
    const pid = await mainPid();
    const inside = `nsenter --target ${pid} --mount --`;
    const closed = ["/etc/vouchsafe", "/usr/bin", "/var/lib", "/var/lib/clamav", "/boot"];
    for (const folder of closed) {
      const { code, stderr } = await guest.run(`${inside} touch ${folder}/written`);
      expect({ folder, code, stderr }).toMatchObject({ folder, code: 1 });
      expect(stderr).toContain("Read-only file system");
    }
    await guest.ok(`${inside} touch /var/lib/vouchsafe/probe && rm /var/lib/vouchsafe/probe`);
    const status = await guest.ok(`cat /proc/${pid}/status`);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).not.toMatch(/^Uid:\t0\t/m);
  });

  test("an entry of the journal has its priority, and what it is about as fields", async () => {
    const entries = async () => {
      const lines = await guest.ok(`journalctl -u ${service} -o json VOUCHSAFE_DATABASE=daily`);
      return lines.split("\n").map((line) => entrySchema.parse(JSON.parse(line)));
    };
    const about = (release: string) =>
      expect.objectContaining({ PRIORITY: "6", VOUCHSAFE_RELEASE: release });
    await expect.poll(entries, patience).toEqual(expect.arrayContaining([about("number 2")]));
    const failure = expect.objectContaining({ PRIORITY: expect.stringMatching(/^[345]$/) });
    expect(await entries()).toEqual(expect.arrayContaining([failure]));
  });

  test("reload takes a changed configuration up without a restart", async () => {
    const pid = await mainPid();
    configureAgent(guest, vendor, "clamav", "selfCheck: { every: 12h }");
    await guest.ok(`systemctl reload ${service}`);
    const told = () => guest.ok(`journalctl -u ${service} -o cat --since=-5min`);
    await expect.poll(told, patience).toMatch(/configuration.*(read|reload|taken)/i);
    expect(await mainPid()).toBe(pid);
  });

  test("killed, it is started again", async () => {
    const [pid, before] = [await mainPid(), await restarts()];
    await guest.ok(`systemctl kill --kill-who=main --signal=KILL ${service}`);
    await whenRestarted(before);
    expect(await mainPid()).not.toBe(pid);
    expect(await update(guest)).toMatchObject({ code: 0, result: "current" });
  });

  test("hung, it is ended by the watchdog and started again", async () => {
    const dropIn = `/etc/systemd/system/${service}.d/impatient.conf`;
    guest.write(dropIn, "[Service]\nWatchdogSec=10\nTimeoutAbortSec=2\n");
    await guest.ok(`systemctl daemon-reload && systemctl restart ${service}`);
    const before = await restarts();
    await guest.ok(`systemctl kill --kill-who=main --signal=STOP ${service}`);
    await whenRestarted(before);
    expect(await guest.ok(`journalctl -u ${service} -o cat`)).toContain("Watchdog timeout");
    await guest.ok(`rm ${dropIn} && systemctl daemon-reload && systemctl restart ${service}`);
    expect(await update(guest)).toMatchObject({ code: 0, result: "current" });
  });

  test.each([
    ["a reboot", () => guest.reboot()],
    ["a power cut", () => guest.powerCut()],
  ])("after %s it runs again, and what it installed is whole and in use", async (_, happen) => {
    await happen();
    await whenUnit(guest, service, "active");
    const verified = async () => (await guest.run("agent verify --deep")).code;
    await expect.poll(verified, patience).toBe(0);
    await expect.poll(() => scanned(guest), patience).toBe("Test.Infected.UNOFFICIAL");
    expect(await update(guest)).toMatchObject({ code: 0, result: "current" });
  });
});
