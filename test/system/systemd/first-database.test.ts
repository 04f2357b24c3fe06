/** A new user's way: the five commands of README, as they stand, from the package to a database. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bootGuest, type Guest } from "../../testkit/nspawn.ts";
import { installed, signatures } from "./agent-setup.ts";
import { commandsOf } from "./commands.ts";
import { guestsRun, guestTimeoutMs, patience } from "./guest.ts";
import { type Newcomer, newcomer } from "./newcomer.ts";
import { agentDeb, builtPackage } from "./packages.ts";
import { startVendor, type Vendor } from "./vendor.ts";

/** The vendor's name in README. */
const host = "updates.vendor.example";
const certificate = "/etc/ssl/vendor.pem";

const tls = `
  listen 127.0.0.1:443 ssl;
  ssl_certificate ${certificate};
  ssl_certificate_key ${certificate}.key;
`;

/**
 * Gives the vendor's web server its name and a certificate. The guest's authority stands for a public
 * one: what every program is started with makes the agent count it among those that it brings along.
 */
async function serveByName(guest: Guest): Promise<void> {
  guest.write("/etc/hosts", `127.0.0.1 localhost debian ${host}\n`);
  const names = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  const files = ["-keyout", join(guest.root, `${certificate}.key`), "-out"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];
  const words = ["req", "-x509", ...kind, ...names, ...files, join(guest.root, certificate)];
  execFileSync("openssl", words, { stdio: "ignore" });
  await guest.ok(`chmod 644 ${certificate}`);
  await guest.ok(`systemctl set-environment NODE_EXTRA_CA_CERTS=${certificate}`);
  guest.write("/etc/environment", `NODE_EXTRA_CA_CERTS=${certificate}\n`);
  guest.write("/etc/sudoers.d/authority", 'Defaults env_keep += "NODE_EXTRA_CA_CERTS"\n', 0o440);
}

describe.runIf(guestsRun)("a new user on a fresh Debian", () => {
  let guest: Guest;
  let vendor: Vendor;
  let ada: Newcomer;

  beforeAll(async () => {
    guest = await bootGuest();
    await serveByName(guest);
    vendor = await startVendor(guest, tls);
    await vendor.release(signatures(true));
    ada = await newcomer(guest, [builtPackage(agentDeb)]);
    guest.write("/home/ada/root.json", vendor.root);
  }, guestTimeoutMs);
  afterAll(() => guest?.[Symbol.asyncDispose]());

  const commands = commandsOf("README.md", "agent");

  test("types five commands at most, and has the first verified database", async () => {
    expect(commands.trim().split("\n").length).toBeLessThanOrEqual(5);
    // The service that was just started may have been faster than the last command.
    expect(await ada.types(commands)).toMatch(/^daily: (installed|current at) number 1\b/m);
    expect(await installed(guest)).toBe(1);
    expect(await ada.types("cat /var/lib/vouchsafe/databases/daily/current/daily.hdb")).toBe(
      signatures(true)["daily.hdb"]?.trim(),
    );
  });

  test("sees with doctor that all is well", async () => {
    const told = () => ada.types("sudo agent doctor");
    await expect.poll(told, patience).toMatch(/^\d+ ok, 0 warnings, 0 failures$/m);
    expect(await told()).toContain(`https://${host}/`);
  });

  test("asks what is installed, and has it compared with what was signed", async () => {
    expect(await ada.types("sudo agent status")).toMatch(/^daily +number 1 /m);
    expect(await ada.types("sudo agent verify")).toContain("daily");
  });
});
