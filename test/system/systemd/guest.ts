/** What the tests in guests have in common: whether they can run, and a guest with its vendor. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect } from "vitest";
import { bootGuest, type Guest } from "../../testkit/nspawn.ts";
import { whyNoGuests } from "../../testkit/nspawn-process.ts";
import { rootfsTimeoutMs } from "../../testkit/nspawn-rootfs.ts";
import { agentDeb, builtPackage } from "./packages.ts";
import { startVendor, type Vendor } from "./vendor.ts";

const obstacle = whyNoGuests();
if (obstacle !== undefined) process.stdout.write(`no guest can be booted: ${obstacle}\n`);

/** Whether guests can be booted here; the reason why not is printed. */
export const guestsRun = obstacle === undefined;

/** For the hook that boots a guest, in milliseconds. */
export const guestTimeoutMs = rootfsTimeoutMs + 180_000;

/** For what a guest does by itself, in seconds at most on a machine with much else to do. */
export const patience = { timeout: 120_000, interval: 250 } as const;

/** Boots a guest with a vendor, and copies the agent's package to /root/agent.deb. */
export async function guestWithVendor(): Promise<{ guest: Guest; vendor: Vendor }> {
  const guest = await bootGuest();
  const vendor = await startVendor(guest);
  copyFileSync(builtPackage(agentDeb), join(guest.root, "root/agent.deb"));
  return { guest, vendor };
}

/** Waits until a unit is in a state, such as `active`. */
export function whenUnit(guest: Guest, unit: string, state: string): Promise<void> {
  const ask = async (): Promise<string> => (await guest.run(`systemctl is-active ${unit}`)).stdout;
  return expect.poll(ask, patience).toBe(state);
}

/** A property of a unit. */
export function property(guest: Guest, unit: string, name: string): Promise<string> {
  return guest.ok(`systemctl show ${unit} --property ${name} --value`);
}
