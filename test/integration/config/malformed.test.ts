import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agentProgram } from "../../../agent/cli/program.ts";
import { main } from "../../../host/cli/main.ts";
import { systemClock } from "../../../host/clock.ts";
import { cases, consumer, yaml } from "./malformed-cases.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-config-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const files = (): string[] => readdirSync(dir, { recursive: true }).map(String).toSorted();

/** Calls the agent in this process. */
async function agent(...argv: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await main(agentProgram, argv, {
    stdin: new PassThrough(),
    stdout,
    stderr,
    stderrIsTerminal: false,
    env: {},
    clock: systemClock,
    signal: new AbortController().signal,
  });
  const text = (stream: PassThrough): string => String(stream.read() ?? "");
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

describe("a malformed configuration", () => {
  test.each(cases)(
    "%s: one sentence with place and key, exit code 2",
    async (_name, text, told) => {
      const path = join(dir, "agent.yaml");
      writeFileSync(path, text);
      const before = files();
      for (const verb of [["config", "check"], ["update", "--now"], ["status"], ["run"]]) {
        const { code, stdout, stderr } = await agent(...verb, "--config", path);
        const [sentence = "", advice, ...rest] = stderr.trimEnd().split("\n");
        expect(sentence).toMatch(told);
        expect({ verb, code, stdout, rest }).toEqual({
          verb,
          code: /larger/.test(sentence) ? 5 : 2,
          stdout: "",
          rest: [],
        });
        expect(advice).toMatch(/^ {2}what to do: /);
      }
      expect(files()).toEqual(before);
    },
  );

  test("the document has it too, and no other output", async () => {
    const path = join(dir, "agent.yaml");
    writeFileSync(path, yaml({ stat: "/a/b" }));
    const { code, stdout, stderr } = await agent("config", "check", "--json", "--config", path);
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    const message = `${path}:3: unknown key "stat"; did you mean "state".`;
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "config.invalid", message } });
  });

  test("one that does not exist", async () => {
    const { code, stderr } = await agent("status", "--config", join(dir, "none.yaml"));
    expect(code).toBe(2);
    expect(stderr).toContain("none.yaml does not exist");
  });

  test("a drop-in is named as the place, when the fault is there", async () => {
    const path = join(dir, "agent.yaml");
    writeFileSync(path, yaml({}));
    mkdirSync(join(dir, "agent.d"));
    writeFileSync(join(dir, "agent.d/20-log.yaml"), "# loud\nlog: {level: loud}\n");
    const { code, stderr } = await agent("config", "check", "--config", path);
    expect(code).toBe(2);
    expect(stderr).toMatch(/agent\.d\/20-log\.yaml:2: "log\.level"/);
  });

  test("files that it names must be there", async () => {
    const path = join(dir, "agent.yaml");
    writeFileSync(path, yaml({ repository: `{url: http://a/, root: ${dir}/root.json}` }));
    const missing = await agent("config", "check", "--config", path);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(`"repository.root": ${dir}/root.json does not exist`);
    writeFileSync(join(dir, "root.json"), "{}");
    expect((await agent("config", "check", "--config", path)).code).toBe(0);
    const broken = yaml({
      repository: `{url: http://a/, root: ${dir}/root.json}`,
      ...consumer(`{type: command, confirm: [${dir}/root.json]}`),
    });
    writeFileSync(path, broken);
    const notRun = await agent("config", "check", "--config", path);
    expect(notRun.stderr).toMatch(/"databases\.daily\.consumer\.confirm": .* cannot be run/);
  });
});

describe("a good configuration", () => {
  test("config show fills in every default", async () => {
    const path = join(dir, "agent.yaml");
    writeFileSync(path, yaml({}));
    const { code, stdout } = await agent("config", "show", "--json", "--config", path);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      result: "done",
      config: {
        path,
        repository: {
          urls: ["http://127.0.0.1/"],
          relays: [],
          originWithinMs: 21_600_000,
          root: "/etc/vouchsafe/root.json",
          plain: false,
          credentials: {},
        },
        databases: { daily: { consumer: { type: "none" }, keep: 2 } },
        schedule: { everyMs: 3_600_000, jitterMs: 30_000 },
        policy: { delayMs: 0, ring: "production", pin: {} },
        selfCheckMs: 86_400_000,
        importMaxAgeMs: 604_800_000,
        transfer: { proxy: "env", minRate: 1000, connectMs: 10_000, idleMs: 30_000 },
        state: "/var/lib/vouchsafe",
        socket: "/run/vouchsafe/agent.sock",
        log: { level: "info", target: "journal" },
      },
    });
  });

  test("drop-ins count in name order, and only those that are YAML", async () => {
    const path = join(dir, "agent.yaml");
    writeFileSync(path, yaml({ schedule: "{jitter: 1s}" }));
    mkdirSync(join(dir, "agent.d"));
    writeFileSync(join(dir, "agent.d/10-a.yaml"), "schedule: {every: 2h}\nlog: {level: warn}\n");
    writeFileSync(join(dir, "agent.d/20-b.yaml"), "schedule: {every: 3h}\n");
    writeFileSync(join(dir, "agent.d/30-c.yaml.bak"), "schedule: {every: 4h}\n");
    const { stdout } = await agent("config", "show", "--json", "--config", path);
    expect(JSON.parse(stdout)).toMatchObject({
      config: { schedule: { everyMs: 10_800_000, jitterMs: 1000 }, log: { level: "warn" } },
    });
  });

  test("a mirror's address ends in a slash whether it was written or not", async () => {
    const path = join(dir, "agent.yaml");
    writeFileSync(path, yaml({ repository: "{url: ['http://a/x', 'https://b/']}" }));
    const { stdout } = await agent("config", "show", "--json", "--config", path);
    expect(JSON.parse(stdout)).toMatchObject({
      config: { repository: { urls: ["http://a/x/", "https://b/"] } },
    });
  });
});

describe("a wrong command line", () => {
  test.each([
    [["updat"], /There is no command "updat".* Did you mean "update"/],
    [["update", "--nwo"], /There is no option "--nwo".* Did you mean "--now"/],
    [["rollback"], /"rollback" needs DATABASE/],
    [["rollback", "a", "b"], /"rollback" does not take "b"/],
    [["enroll"], /"enroll" needs the option --token-file/],
    [["status", "daily"], /"status" does not take "daily"/],
    [["config"], /"config" takes one of: check, show/],
    [["update", "--config"], /"--config" needs a value/],
    [[], /No command is given/],
  ])("%j: one sentence, exit code 2, nothing else", async (argv, told) => {
    const { code, stdout, stderr } = await agent(...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(told);
    expect(files()).toEqual([]);
  });
});
