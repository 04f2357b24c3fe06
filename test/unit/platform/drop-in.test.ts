/** What a configuration needs of systemd beyond what the shipped unit grants. */
import { describe, expect, test } from "vitest";
import { parseAgentConfig } from "../../../agent/config/load.ts";
import { dropInFor } from "../../../agent/platform/linux/drop-in.ts";
import { valuesOf } from "../../integration/installers/unit-file.ts";

async function needs(more: string, databases = "{daily: {}}") {
  const text = `repository: {url: http://a/}\ndatabases: ${databases}\n${more}`;
  return dropInFor((await parseAgentConfig("test", Buffer.from(text))).config);
}

describe("no drop-in is needed", () => {
  test("by the defaults", async () => {
    expect(await needs("")).toBeUndefined();
  });

  test.each([
    "log: {target: {file: /var/log/vouchsafe/agent.log}}",
    "transfer: {ca: /etc/ssl/private-ca.pem}",
  ])("by %s", async (more) => {
    expect(await needs(more)).toBeUndefined();
  });

  test("by the folders that the unit makes", () => {
    const unit = (key: string): string =>
      valuesOf("vouchsafe-agent.service", "Service", key).join("");
    expect([unit("StateDirectory"), unit("RuntimeDirectory"), unit("LogsDirectory")]).toEqual([
      "vouchsafe",
      "vouchsafe",
      "vouchsafe",
    ]);
  });
});

describe("a drop-in is needed", () => {
  test.each([
    ["state: /srv/vouchsafe", ["ReadWritePaths=/srv/vouchsafe"]],
    ["state: '/srv/a b%c'", ['ReadWritePaths="/srv/a b%%c"']],
    ["log: {target: {file: /var/log/vouchsafe.log}}", ["ReadWritePaths=/var/log"]],
    ["socket: /run/other/agent.sock", ["ReadWritePaths=/run/other"]],
    ["metrics: {textfile: /var/lib/n/v.prom}", ["ReadWritePaths=/var/lib/n"]],
    ["transfer: {ca: /root/ca.pem}", ["ProtectHome=read-only"]],
    ["transfer: {ca: /tmp/ca.pem}", ["PrivateTmp=no"]],
    ["state: /home/v\ntransfer: {ca: /root/ca.pem}", ["ReadWritePaths=/home/v", "ProtectHome=no"]],
  ])("by %s", async (more, lines) => {
    const need = await needs(more);
    expect(need?.dropIn).toEqual(["[Service]", ...lines]);
    expect(need?.warnings.length).toBeGreaterThan(0);
  });

  test("by a folder that only looks like one of its own", async () => {
    expect((await needs("state: /var/lib/vouchsafe2"))?.warnings).toEqual([
      '"state": the service may not write to /var/lib/vouchsafe2.',
    ]);
  });

  test("by a consumer's socket in a home, and by one in /tmp", async () => {
    const databases =
      "{a: {consumer: {type: clamav, clamd: /home/c/s}}, b: {consumer: {type: suricata, socket: /tmp/s}}}";
    expect((await needs("", databases))?.dropIn.slice(1)).toEqual([
      "ProtectHome=read-only",
      "PrivateTmp=no",
    ]);
  });

  test("by a credential, with a path to be made the operator's own", async () => {
    const need = await needs("transfer: {ca: 'credential:ca.pem'}");
    expect(need).toEqual({
      warnings: [
        '"transfer.ca": the service gets the credential ca.pem from the file that LoadCredential= names.',
      ],
      dropIn: ["[Service]", "LoadCredential=ca.pem:/etc/vouchsafe/ca.pem"],
    });
  });

  test("by a token to enrol with that is a credential", async () => {
    const need = await needs("console: {url: 'https://c.example', tokenFile: 'credential:token'}");
    expect(need?.dropIn).toEqual(["[Service]", "LoadCredential=token:/etc/vouchsafe/token"]);
  });

  test("by programs of another user, and it says what that gives away", async () => {
    const databases = "{a: {consumer: {type: command, trial: [/bin/true], user: suricata}}}";
    const need = await needs("", databases);
    expect(need?.dropIn).toEqual([
      "[Service]",
      "CapabilityBoundingSet=CAP_SETUID CAP_SETGID",
      "AmbientCapabilities=CAP_SETUID CAP_SETGID",
      "SystemCallFilter=@setuid capset",
    ]);
    expect(need?.warnings[0]).toMatch(
      /^"databases\.a\.consumer\.user": .* become any user, root among them\.$/,
    );
  });
});
