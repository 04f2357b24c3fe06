/**
 * The relay's unit under a real systemd: off until it is wanted, fed with a credential of its own,
 * confined more than the agent, and enough for a neighbour that reaches nothing else.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Guest } from "../../testkit/nspawn.ts";
import { configureAgent, installed, update } from "./agent-setup.ts";
import {
  guestsRun,
  guestTimeoutMs,
  guestWithVendor,
  patience,
  property,
  whenUnit,
} from "./guest.ts";
import type { Vendor } from "./vendor.ts";

const service = "vouchsafe-agent-relay.service";
const section =
  'relay: { listen: "127.0.0.1:8470", tokenFile: "credential:relay-token", maxRate: 1MB/s }';

const neighbour = `
repository:
  url: http://127.0.0.1:1/
  relays: [http://127.0.0.1:8470/]
  root: /etc/vouchsafe/root.json
  credentials: { "http://127.0.0.1:8470": { tokenFile: /root/relay-token } }
databases: { daily: { consumer: { type: none } } }
state: /var/lib/neighbour
socket: /run/neighbour.sock
`;
const outcome = z.object({ result: z.string() });

describe.runIf(guestsRun)("the relay", () => {
  let guest: Guest;
  let vendor: Vendor;

  beforeAll(async () => {
    ({ guest, vendor } = await guestWithVendor());
    await guest.ok("dpkg -i /root/agent.deb");
  }, guestTimeoutMs);
  afterAll(() => guest?.[Symbol.asyncDispose]());

  const askRelay = async () => {
    const line = "agent update --now --json --config /root/neighbour.yaml";
    const { code, stdout } = await guest.run(line);
    return { code, result: outcome.parse(JSON.parse(stdout)).result };
  };

  test("is off, and says what it lacks when it is started all the same", async () => {
    await vendor.release({ "main.txt": "one" });
    configureAgent(guest, vendor, "none");
    expect((await guest.run(`systemctl is-enabled ${service}`)).stdout).toBe("disabled");
    await guest.run(`systemctl start ${service}`);
    await whenUnit(guest, service, "failed");
    expect(await guest.ok(`journalctl -u ${service} -o cat`)).toContain('no section "relay"');
    await guest.ok(`systemctl reset-failed ${service}`);
  });

  test("with its section and its credential a neighbour is brought up to date by it alone", async () => {
    configureAgent(guest, vendor, "none", section);
    guest.write("/etc/vouchsafe/relay-token", "a token of the test\n");
    guest.write("/root/relay-token", "a token of the test\n");
    guest.write("/root/neighbour.yaml", neighbour);
    const dropIn = "[Service]\nLoadCredential=relay-token:/etc/vouchsafe/relay-token\n";
    guest.write(`/etc/systemd/system/${service}.d/token.conf`, dropIn);
    await guest.ok("chmod 600 /etc/vouchsafe/relay-token && agent config check");
    expect(await update(guest)).toMatchObject({ code: 0, result: "updated" });
    await guest.ok(`systemctl daemon-reload && systemctl enable --now ${service}`);
    await whenUnit(guest, service, "active");
    await expect.poll(askRelay, patience).toEqual({ code: 0, result: "updated" });

    await vendor.release({ "main.txt": "two" });
    expect(await update(guest)).toMatchObject({ code: 0, result: "updated" });
    // What has changed may go unseen by the relay for a second.
    await expect.poll(askRelay, patience).toEqual({ code: 0, result: "updated" });
    const file = "/var/lib/neighbour/databases/daily/current/main.txt";
    expect(await guest.ok(`cat ${file}`)).toBe("two");
    expect(await installed(guest)).toBe(2);
  });

  test("can write nothing, and sees no secret of the agent's", async () => {
    const pid = await property(guest, service, "MainPID");
    const inside = `nsenter --target ${pid} --mount --`;
    for (const folder of ["/var/lib/vouchsafe", "/var/lib/vouchsafe/trust", "/etc/vouchsafe"]) {
      const { code, stderr } = await guest.run(`${inside} touch ${folder}/written`);
      expect({ folder, code, stderr }).toMatchObject({ folder, code: 1 });
      expect(stderr).toContain("Read-only file system");
    }
    await guest.ok("ls /var/lib/vouchsafe/keys/*");
    expect((await guest.run(`${inside} ls /var/lib/vouchsafe/keys`)).stdout).toBe("");
    const status = await guest.ok(`cat /proc/${pid}/status`);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).not.toMatch(/^Uid:\t0\t/m);
  });

  test("ends when it is told to, and is told of in two lines of the journal", async () => {
    await guest.ok(`systemctl stop ${service}`);
    expect(await property(guest, service, "Result")).toBe("success");
    const lines = (await guest.ok(`journalctl -u ${service} -o cat`)).split("\n");
    const told = lines.filter((line) => line.startsWith("relay "));
    expect(told.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "relay started",
      "relay stopped",
    ]);
  });
});
