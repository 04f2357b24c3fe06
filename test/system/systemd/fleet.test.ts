/**
 * All three packages under one systemd: the publisher's repository behind nginx, an agent that takes
 * releases from it, and the console that the agent reports to. What is typed stands in
 * docs/getting-started.md. The tests build on each other.
 */
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { bootGuest, type Guest } from "../../testkit/nspawn.ts";
import { installed } from "./agent-setup.ts";
import { commandsOf } from "./commands.ts";
import { guestsRun, guestTimeoutMs, patience, property, whenUnit } from "./guest.ts";
import { type Newcomer, newcomer } from "./newcomer.ts";
import { agentDeb, builtPackage, consoleDeb, publisherDeb } from "./packages.ts";

const page = "docs/getting-started.md";
const repository = "/var/lib/vouchsafe-publisher/main/repository";
const site = `server {
  listen 127.0.0.1:80 default_server;
  root ${repository};
  location / { }
}
`;
const fleetSchema = z.looseObject({
  agents: z.array(z.looseObject({ databases: z.array(z.looseObject({ name: z.string() })) })),
});

/** A line of shell that asks the console: the guest has no other program that could. */
const get = (path: string): string => {
  const request = `GET ${path} HTTP/1.0\\r\\nHost: 127.0.0.1:8740\\r\\n\\r\\n`;
  return `exec 3<>/dev/tcp/127.0.0.1/8740 && printf '${request}' >&3 && cat <&3`;
};

describe.runIf(guestsRun)("publisher, agent and console from their packages", () => {
  let guest: Guest;
  let ada: Newcomer;

  beforeAll(async () => {
    guest = await bootGuest();
    ada = await newcomer(guest, [agentDeb, consoleDeb, publisherDeb].map(builtPackage));
    guest.write("/srv/daily/list.txt", "192.0.2.1\n");
    guest.write("/etc/nginx/sites-available/default", site);
  }, guestTimeoutMs);
  afterAll(() => guest?.[Symbol.asyncDispose]());

  const publisher = commandsOf(page, "publisher");
  /** What of the publisher's block a new shell needs: the passphrase and the function. */
  const again = publisher.slice(publisher.indexOf("export "), publisher.indexOf("publisher init"));
  const timestamp = (): string =>
    readFileSync(join(guest.root, repository, "metadata/timestamp.json"), "utf8");

  test("the publisher's package makes a repository that nginx serves, and keeps its keys to itself", async () => {
    await ada.types(publisher);
    await ada.types(again + commandsOf(page, "release"));
    const keys = "/var/lib/vouchsafe-publisher/keys";
    expect(await guest.ok(`stat -c '%U %a' ${keys}`)).toBe("vouchsafe-publisher 700");
    await guest.ok("systemctl restart nginx");
    expect((await guest.run(`runuser -u www-data -- ls ${keys}`)).code).not.toBe(0);
  });

  test("its timer renews the timestamp with a passphrase that only root can read", async () => {
    const before = timestamp();
    await guest.ok("systemctl start vouchsafe-publisher-refresh.service");
    expect(timestamp()).not.toBe(before);
    expect(await property(guest, "vouchsafe-publisher-refresh.timer", "ActiveState")).toBe(
      "active",
    );
    expect(await guest.ok("stat -c '%U %a' /etc/vouchsafe-publisher/passphrase")).toBe("root 600");
  });

  test("an agent installs what was approved", async () => {
    copyFileSync(
      join(guest.root, repository, "metadata/1.root.json"),
      join(guest.root, "home/ada/root.json"),
    );
    const vendor = "http://127.0.0.1/";
    const typed = commandsOf("README.md", "agent").replace(
      "s/updates.example.com/updates.vendor.example/",
      `s|https://updates.example.com/|${vendor}|`,
    );
    expect(typed).toContain(vendor);
    await ada.types(typed);
    expect(await installed(guest)).toBe(1);
  });

  test("the console runs as its own user, and takes the reports of an agent that was enrolled", async () => {
    await ada.types(commandsOf(page, "console"));
    await expect.poll(async () => (await guest.run(get("/"))).code, patience).toBe(0);
    await ada.types(commandsOf(page, "enrol"));
    const fleet = async () => {
      await guest.run("agent update --now");
      const answer = await guest.ok(get("/v1/agents"));
      return fleetSchema.parse(JSON.parse(answer.slice(answer.indexOf("{"))));
    };
    await expect
      .poll(fleet, { ...patience, interval: 2000 })
      .toMatchObject({ agents: [{ databases: [{ name: "daily" }] }] });
    const pid = await property(guest, "vouchsafe-console.service", "MainPID");
    expect(await guest.ok(`stat -c %U /proc/${pid}`)).toBe("vouchsafe-console");
    expect(await guest.ok("stat -c '%U %a' /var/lib/vouchsafe-console")).toBe(
      "vouchsafe-console 700",
    );
  });

  test("after a reboot all of them are back", async () => {
    await guest.reboot();
    const units = ["agent.service", "console.service", "publisher-refresh.timer"];
    for (const unit of units) await whenUnit(guest, `vouchsafe-${unit}`, "active");
    const ended = async () => (await guest.run("agent doctor")).code;
    await expect.poll(ended, patience).toBe(0);
    guest.write("/srv/daily/list.txt", "192.0.2.1\n192.0.2.2\n");
    await ada.types(again + commandsOf(page, "release"));
    await ada.types("sudo agent update --now");
    expect(await installed(guest)).toBe(2);
  });

  test("a purge of the publisher leaves keys and repository, and says so; one of the console leaves nothing", async () => {
    expect(await guest.ok("dpkg --purge vouchsafe-publisher 2>&1")).toContain(
      "keys and repository",
    );
    expect(timestamp()).toContain("timestamp");
    await guest.ok("dpkg --purge vouchsafe-console");
    expect(
      (await guest.run("ls -d /var/lib/vouchsafe-console /etc/default/vouchsafe-console")).stdout,
    ).toBe("");
  });
});
