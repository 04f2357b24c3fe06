/**
 * The agent's Debian package over its life under a real systemd: upgrades, a downgrade, the timer in
 * place of the service, removal and purge. The tests build on each other.
 */
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Guest } from "../../testkit/nspawn.ts";
import { configureAgent, installed, signatures, update } from "./agent-setup.ts";
import {
  guestsRun,
  guestTimeoutMs,
  guestWithVendor,
  patience,
  property,
  whenUnit,
} from "./guest.ts";
import { agentDeb, builtPackage, withVersion } from "./packages.ts";
import type { Vendor } from "./vendor.ts";

const service = "vouchsafe-agent.service";
const oneshot = "vouchsafe-agent-oneshot.service";
const timer = "vouchsafe-agent-oneshot.timer";
const conffile = "/etc/vouchsafe/agent.yaml";
const news = "# a comment that is new in this version\n";

describe.runIf(guestsRun)("the agent's Debian package", () => {
  let guest: Guest;
  let vendor: Vendor;
  let version = 0;

  beforeAll(async () => {
    ({ guest, vendor } = await guestWithVendor());
    const deb = builtPackage(agentDeb);
    guest.write("/root/newer.deb", withVersion(deb, "99.1.0"));
    guest.write("/root/newest.deb", withVersion(deb, "99.2.0", { [conffile]: news }));
    await guest.ok("dpkg -i /root/agent.deb");
    version = await vendor.release(signatures(false));
    configureAgent(guest, vendor, "none", "# the operator's own\n");
    await guest.ok(`systemctl enable --now ${service}`);
    await update(guest);
  }, guestTimeoutMs);
  afterAll(() => guest?.[Symbol.asyncDispose]());

  const onGuest = (path: string): string => join(guest.root, path);
  const packageVersion = (): Promise<string> =>
    guest.ok("dpkg-query --show --showformat '${Version}' vouchsafe-agent");

  /** Installs a package over another, and expects that nothing of the operator's or the state is lost. */
  async function installOver(command: string): Promise<void> {
    const before = readFileSync(onGuest(conffile), "utf8");
    const pid = await property(guest, service, "MainPID");
    await guest.ok(`${command} </dev/null`);
    expect(readFileSync(onGuest(conffile), "utf8")).toBe(before);
    await whenUnit(guest, service, "active");
    expect(await property(guest, service, "MainPID")).not.toBe(pid);
    expect(await installed(guest)).toBe(version);
    expect(await update(guest)).toMatchObject({ code: 0, result: "current" });
  }

  test("an upgrade asks nothing, keeps a changed configuration, and restarts what ran", async () => {
    await installOver("dpkg -i /root/newer.deb");
    expect(await packageVersion()).toBe("99.1.0");
  });

  test("a configuration that both sides changed stays the operator's; the new one lies beside it", async () => {
    await installOver("dpkg --force-confold -i /root/newest.deb");
    expect(readFileSync(onGuest(`${conffile}.dpkg-dist`), "utf8")).toContain(news);
  });

  test("a downgrade goes on with the same state", async () => {
    await installOver("dpkg --force-confold -i /root/agent.deb");
    expect(await packageVersion()).not.toMatch(/^99/);
    version = await vendor.release(signatures(true));
    expect(await update(guest)).toMatchObject({ code: 0 });
    expect(await installed(guest)).toBe(version);
  });

  test("the timer takes the place of the service, and its check installs a release", async () => {
    await guest.ok(`systemctl disable ${service} && systemctl enable --now ${timer}`);
    await whenUnit(guest, service, "inactive");
    await whenUnit(guest, timer, "active");
    expect(await property(guest, timer, "NextElapseUSecRealtime")).not.toBe("");
    version = await vendor.release(signatures(false));
    await guest.ok(`systemctl start ${oneshot}`);
    expect(await installed(guest)).toBe(version);
  });

  test("a check that a hold keeps back is no failure of the unit", async () => {
    await guest.ok('agent hold daily --reason "a test"');
    await vendor.release(signatures(true));
    await guest.ok(`systemctl start ${oneshot}`);
    expect(await property(guest, oneshot, "ExecMainStatus")).toBe("8");
    expect(await property(guest, oneshot, "Result")).toBe("success");
    expect(await installed(guest)).toBe(version);
    await guest.ok("agent unhold daily");
  });

  test("an upgrade leaves the timer running, and starts no service", async () => {
    await guest.ok("dpkg -i /root/newer.deb </dev/null");
    await whenUnit(guest, timer, "active");
    expect(await property(guest, service, "ActiveState")).toBe("inactive");
  });

  test("a removal stops everything and keeps configuration and databases", async () => {
    await guest.ok("dpkg --remove vouchsafe-agent");
    await whenUnit(guest, timer, "inactive");
    expect(existsSync(onGuest("/usr/bin/vouchsafe-agent"))).toBe(false);
    expect(readFileSync(onGuest(conffile), "utf8")).toContain("the operator's own");
    expect(await installed(guest)).toBe(version);
  });

  test("installed again it starts nothing by itself, and goes on where it was", async () => {
    copyFileSync(builtPackage(agentDeb), onGuest("/root/agent.deb"));
    await guest.ok("dpkg -i /root/agent.deb </dev/null");
    for (const unit of [service, timer]) {
      expect((await guest.run(`systemctl is-enabled ${unit}`)).stdout).toBe("disabled");
      expect(await property(guest, unit, "ActiveState")).toBe("inactive");
    }
    await guest.ok(`systemctl enable --now ${service}`);
    await expect.poll(() => update(guest), patience).toMatchObject({ code: 0 });
  });

  test("a purge leaves only the user, and says so", async () => {
    expect(await guest.ok("dpkg --purge vouchsafe-agent 2>&1")).toContain(
      "vouchsafe-agent leaves the user vouchsafe.",
    );
    const left = await guest.ok(
      "find / -xdev \\( -path /proc -o -path /sys -o -path /root -o -path /srv \\) -prune " +
        "-o -iname '*vouchsafe*' -print",
    );
    expect(left).toBe("");
    expect((await guest.run("systemctl list-units --all --plain 'vouchsafe*'")).stdout).toMatch(
      /^0 loaded units/m,
    );
    expect(await guest.ok("getent passwd vouchsafe")).toMatch(/^vouchsafe:x:\d+:/);
  });
});
