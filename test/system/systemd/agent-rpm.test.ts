/**
 * The agent's .rpm: its files and its scriptlets, put into a guest as rpm would, and the service
 * run. The guest is a Debian; what is tested is what the package holds.
 */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Guest } from "../../testkit/nspawn.ts";
import { canRun } from "../machine.ts";
import { configureAgent, installed, signatures, update } from "./agent-setup.ts";
import { guestsRun, guestTimeoutMs, guestWithVendor, property, whenUnit } from "./guest.ts";
import { agentRpm, builtPackage } from "./packages.ts";
import type { Vendor } from "./vendor.ts";

const service = "vouchsafe-agent.service";
const can = guestsRun && canRun("/usr/bin/rpm", "/usr/bin/rpm2cpio", "/usr/bin/cpio");

const ownerSchema = z.tuple([z.string(), z.string(), z.string(), z.string()]);

describe.runIf(can)("the agent's .rpm", () => {
  let guest: Guest;
  let vendor: Vendor;

  beforeAll(async () => {
    ({ guest, vendor } = await guestWithVendor());
  }, guestTimeoutMs);
  afterAll(() => guest?.[Symbol.asyncDispose]());

  const query = (format: string): string =>
    execFileSync("rpm", ["-qp", "--queryformat", format, builtPackage(agentRpm)]).toString();
  const scriptlet = (tag: string, argument: 0 | 1): Promise<string> => {
    guest.write("/root/scriptlet", query(`%{${tag}}`));
    return guest.ok(`/bin/sh -e /root/scriptlet ${argument}`);
  };

  test("its files and scriptlets install a service that is not started", async () => {
    await scriptlet("PREIN", 1);
    const unpack = 'rpm2cpio "$1" | cpio --extract --make-directories --quiet --directory "$2"';
    execFileSync("/bin/bash", ["-c", unpack, "bash", builtPackage(agentRpm), guest.root], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const owners = query("[%{FILENAMES} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILEMODES:octal}\\n]");
    const commands = owners
      .trim()
      .split("\n")
      .map((line) => {
        const [path, user, group, mode] = ownerSchema.parse(line.split(" "));
        const isFolder = mode.startsWith("04");
        const folderMode = isFolder ? ` && chmod ${mode.slice(-4)} '${path}'` : "";
        return `chown --no-dereference ${user}:${group} '${path}'${folderMode} || exit 1`;
      });
    guest.write("/root/owners", commands.join("\n"));
    await guest.ok("sh /root/owners");
    await scriptlet("POSTIN", 1);
    expect((await guest.run(`systemctl is-enabled ${service}`)).stdout).toBe("disabled");
    expect(await property(guest, service, "LoadState")).toBe("loaded");
  });

  test("configured, it runs and installs a release", async () => {
    const version = await vendor.release(signatures(false));
    configureAgent(guest, vendor, "none");
    await guest.ok(`systemctl enable --now ${service}`);
    await whenUnit(guest, service, "active");
    await update(guest);
    expect(await installed(guest)).toBe(version);
    expect(await guest.ok("agent verify")).toContain("daily");
  });

  test("its scriptlet for removal stops and disables the service", async () => {
    await scriptlet("PREUN", 0);
    expect(await property(guest, service, "ActiveState")).toBe("inactive");
    expect((await guest.run(`systemctl is-enabled ${service}`)).stdout).toBe("disabled");
  });
});
