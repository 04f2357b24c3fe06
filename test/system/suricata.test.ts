/**
 * The packaged agent with a real Suricata that watches the loopback interface: what is in `current`
 * is what its statistics tell. The tests build on each other.
 */
import { chmodSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { withControl } from "../../agent/consumer/suricata/control.ts";
import { rulesetOf } from "../../agent/consumer/suricata/ruleset.ts";
import { type AgentFixture, agentFixture, executable } from "../testkit/agent-fixture.ts";
import { canRun, type Daemon, startDaemon } from "./machine.ts";

const rule = (sid: number, more = "", source = "any"): string =>
  `alert tcp ${source} any -> any any (msg:"rule ${sid}"; content:"abc"; ${more}sid:${sid}; rev:1;)\n`;
const rules = (count: number): string =>
  Array.from({ length: count }, (_item, index) => rule(1_000_000 + index)).join("");

const outcomeSchema = z.object({
  result: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

describe.runIf(canRun("/usr/bin/suricata"))("suricata", { timeout: 300_000 }, () => {
  let fixture: AgentFixture;
  let suricata: Daemon | undefined;
  let socket: string;
  /** The configuration that Suricata runs with, and the one that the agent tries with. */
  let config: string;
  let tried: string;
  let current: string;

  /** Writes a configuration; `groups` are more address groups than the others have. */
  function writeConfig(path: string, groups = ""): void {
    const text = `%YAML 1.1
---
vars:
  address-groups:
    HOME_NET: "any"
    EXTERNAL_NET: "any"
${groups}
default-log-dir: ${fixture.dir}
default-rule-path: ${current}
rule-files: ["*.rules"]
classification-file: /etc/suricata/classification.config
reference-config-file: /etc/suricata/reference.config
unix-command: { enabled: yes, filename: ${socket} }
outputs: []
logging: { outputs: [{ console: { enabled: yes } }] }
af-packet: [{ interface: lo, threads: 1, cluster-id: 99, cluster-type: cluster_flow }]
`;
    writeFileSync(path, text);
  }

  const ruleset = () =>
    withControl(socket, { who: "Suricata", timeoutMs: 10_000 }, async (control) => {
      const { message: stats } = await control.ask("ruleset-stats");
      const { message: times } = await control.ask("ruleset-reload-time");
      return rulesetOf(stats, times);
    });

  async function update() {
    const { code, stdout, stderr } = await fixture.agent("update", "--now", "--json");
    const { result, error } = outcomeSchema.parse(JSON.parse(stdout));
    return { code, result, error: error?.code, message: error?.message ?? stderr };
  }

  async function publish(files: Readonly<Record<string, string>>): Promise<void> {
    fixture.publisher.release("daily", files);
    await fixture.publisher.publish();
  }

  const installed = (): string => readlinkSync(current).replace(/^generations\/(\d+)-.*$/, "$1");

  beforeAll(async () => {
    fixture = await agentFixture(executable);
    chmodSync(fixture.dir, 0o755);
    current = join(fixture.state, "databases/daily/current");
    socket = join(fixture.dir, "suricata.socket");
    config = join(fixture.dir, "suricata.yaml");
    tried = join(fixture.dir, "tried.yaml");
    writeConfig(config);
    writeConfig(tried);
    const consumer = [
      "  daily:",
      `    consumer: { type: suricata, socket: ${socket}, config: ${tried}, wait: 60s }`,
    ];
    fixture.configure("", consumer.join("\n"));
    suricata = await startDaemon(
      ["/usr/bin/suricata", "-c", config, "--af-packet=lo"],
      {},
      ruleset,
    );
  });
  afterAll(async () => {
    await suricata?.stop();
    await fixture?.remove();
  });

  test("rules are in use as soon as the update that brings them has ended", async () => {
    expect(await ruleset()).toMatchObject({ loaded: 0 });
    await publish({ "a.rules": rules(3), "b.rules": rule(2_000_000), "readme.txt": "not rules" });
    expect(await update()).toMatchObject({ code: 0, result: "updated" });
    expect(await ruleset()).toMatchObject({ loaded: 4, failed: 0 });
    await publish({ "a.rules": rules(7) });
    expect(await update()).toMatchObject({ code: 0, result: "updated" });
    expect(await ruleset()).toMatchObject({ loaded: 7, failed: 0 });
  });

  test.each([
    [
      "a rule with a keyword that there is not",
      rules(7) + rule(3_000_000, "no-such-keyword; "),
      /no-such-keyword/,
    ],
    ["a rule cut short", `${rules(7)}alert tcp any any -> any`, /./],
    ["a file of comments", "# nothing any more\n", /loads no rule/],
  ])("%s is refused in trial, and Suricata never hears of it", async (_, content, told) => {
    const before = { installed: installed(), ruleset: await ruleset() };
    await publish({ "a.rules": content });
    const outcome = await update();
    expect(outcome).toMatchObject({ code: 6, result: "refused", error: "consumer.trial-failed" });
    expect(outcome.message).toMatch(told);
    expect({ installed: installed(), ruleset: await ruleset() }).toEqual(before);
  });

  test("a rule that the trial takes, and the Suricata that runs does not, is taken back", async () => {
    const before = installed();
    // The operator named a configuration that knows more networks than the one in use.
    writeConfig(tried, '    MORE_NET: "10.0.0.0/8"');
    await publish({ "a.rules": rules(7) + rule(3_000_001, "", "$MORE_NET") });
    const outcome = await update();
    expect(outcome).toMatchObject({
      code: 6,
      result: "reverted",
      error: "consumer.confirm-failed",
    });
    expect(outcome.message).toContain("1 rules failed");
    expect(installed()).toBe(before);
    expect(await ruleset()).toMatchObject({ loaded: 7, failed: 0 });
    expect(await update()).toMatchObject({ code: 8, error: "policy.quarantined" });
  });

  test("while Suricata is away an update is put off and nothing condemned", async () => {
    const before = installed();
    await suricata?.stop();
    await publish({ "a.rules": rules(9) });
    expect(await update()).toMatchObject({ code: 4, error: "consumer.unreachable" });
    expect(installed()).toBe(before);
    suricata = await startDaemon(
      ["/usr/bin/suricata", "-c", config, "--af-packet=lo"],
      {},
      ruleset,
    );
    expect(await update()).toMatchObject({ code: 0, result: "updated" });
    expect(await ruleset()).toMatchObject({ loaded: 9, failed: 0 });
  });

  test("one that reads another folder is not taken for one that uses the database", async () => {
    await suricata?.stop();
    const elsewhere = ["--set", "default-rule-path=/etc/suricata/rules"];
    const argv = ["/usr/bin/suricata", "-c", config, "--af-packet=lo", ...elsewhere];
    suricata = await startDaemon(argv, {}, ruleset);
    await publish({ "a.rules": rules(8) });
    const outcome = await update();
    expect(outcome).toMatchObject({ code: 4, error: "consumer.unreachable" });
    expect(outcome.message).toContain("its default-rule-path is not");
  });
});
