import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agentProgram } from "../../../agent/cli/program.ts";
import { main } from "../../../host/cli/main.ts";
import { systemClock } from "../../../host/clock.ts";

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

const base = { repository: "{url: http://127.0.0.1/}", databases: "{daily: {}}" };

/** agent.yaml with some keys replaced or added; each on a line of its own. */
function yaml(keys: Readonly<Record<string, string>>): string {
  return Object.entries({ ...base, ...keys })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
}

const consumer = (text: string) => ({ databases: `{daily: {consumer: ${text}}}` });

/** What is wrong, the file, and what the sentence must hold: line and key first. */
const cases: readonly [string, string | Uint8Array, RegExp][] = [
  ["an empty file", "", /agent\.yaml: "repository": is missing/],
  ["a list in place of keys", "- a\n", /agent\.yaml: expected a map, received a list/],
  ["no YAML", "a: [\n", /agent\.yaml:\d: /],
  [
    "a key twice",
    `${yaml({})}state: /a/b\nstate: /a/c\n`,
    /agent\.yaml:\d: Map keys must be unique/,
  ],
  ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0x00), /agent\.yaml: it is not UTF-8 text/],
  ["an anchor bomb", `a: &a [x,x,x,x,x]\nb: &b [${"*a,".repeat(30)}]\n`, /agent\.yaml/],
  ["more than a megabyte", `# ${"x".repeat(1_100_000)}\n`, /agent\.yaml is larger than/],
  [
    "a misspelled key",
    yaml({ repositry: "{}" }),
    /:3: unknown key "repositry"; did you mean "repository"/,
  ],
  [
    "a misspelled key below",
    yaml({ transfer: "{idleTimout: 5s}" }),
    /:3: unknown key "transfer\.idleTimout"; did you mean "idleTimeout"/,
  ],
  [
    "a key that no version knows",
    yaml({ schedule: "{window: night}" }),
    /:3: unknown key "schedule\.window"/,
  ],
  ["no repository", "databases: {daily: {}}\n", /"repository": is missing/],
  [
    "no address",
    yaml({ repository: "{root: /x/y}" }),
    /"repository\.url": must be an http or https address/,
  ],
  [
    "an address of another kind",
    yaml({ repository: "{url: ftp://a/}" }),
    /:1: "repository\.url": must be an http/,
  ],
  [
    "an address with a password",
    yaml({ repository: "{url: 'http://u:p@a/'}" }),
    /"repository\.url": must not hold a user name or password/,
  ],
  [
    "an address with a query",
    yaml({ repository: "{url: 'http://a/?b'}" }),
    /"repository\.url": must not hold "\?"/,
  ],
  ["no mirror", yaml({ repository: "{url: []}" }), /"repository\.url": .*1 items/],
  [
    "a mirror twice",
    yaml({ repository: "{url: ['http://a/', 'http://a/']}" }),
    /"repository\.url": names a mirror twice/,
  ],
  [
    "one bad mirror of two",
    yaml({ repository: "{url: ['http://a/', 'b']}" }),
    /"repository\.url\[1\]": must be an http/,
  ],
  [
    "a relative path",
    yaml({ repository: "{url: http://a/, root: root.json}" }),
    /"repository\.root": must be an absolute path/,
  ],
  [
    "a number for a switch",
    yaml({ repository: "{url: http://a/, plain: 1}" }),
    /"repository\.plain": expected boolean/,
  ],
  ["no database", yaml({ databases: "{}" }), /:2: "databases": must name 1 to 256 databases/],
  ["a list of databases", yaml({ databases: "[daily]" }), /:2: "databases": /],
  [
    "a database without a value",
    "repository: {url: http://a/}\ndatabases:\n  daily:\n",
    /:3: "databases\.daily": has no value/,
  ],
  [
    "a database with a capital",
    yaml({ databases: "{Daily: {}}" }),
    /"databases\.Daily": "Daily" is no database name/,
  ],
  [
    "a database that leads away",
    yaml({ databases: "{../x: {}}" }),
    /"\.\.\/x" is no database name/,
  ],
  ["a reserved name", yaml({ databases: "{root: {}}" }), /"root" is reserved/],
  ["a key of JavaScript's own", yaml({ databases: "{__proto__: {}}" }), /"__proto__" is no key/],
  [
    "too few generations",
    yaml({ databases: "{daily: {keep: 1}}" }),
    /"databases\.daily\.keep": .*>=2/,
  ],
  [
    "too many generations",
    yaml({ databases: "{daily: {keep: 51}}" }),
    /"databases\.daily\.keep": .*<=50/,
  ],
  [
    "part of a generation",
    yaml({ databases: "{daily: {keep: 2.5}}" }),
    /"databases\.daily\.keep": /,
  ],
  [
    "an unknown consumer",
    yaml(consumer("{type: clamv}")),
    /"databases\.daily\.consumer\.type": must be none or command/,
  ],
  [
    "a command as text",
    yaml(consumer("{type: command, trial: '/bin/true -x'}")),
    /consumer\.trial": must be a list/,
  ],
  ["an empty command", yaml(consumer("{type: command, trial: []}")), /consumer\.trial/],
  [
    "a command to be looked for",
    yaml(consumer("{type: command, trial: [clamscan]}")),
    /consumer\.trial\[0\]": must be an absolute path/,
  ],
  [
    "a step of another type",
    yaml(consumer("{type: none, trial: [/bin/true]}")),
    /unknown key "databases\.daily\.consumer\.trial"/,
  ],
  [
    "a time without a unit",
    yaml(consumer("{type: command, timeout: 30}")),
    /consumer\.timeout": "30" is not a duration/,
  ],
  [
    "a time out of bounds",
    yaml(consumer("{type: command, timeout: 2h}")),
    /consumer\.timeout": must be from 1s to 1h/,
  ],
  [
    "an interval too short",
    yaml({ schedule: "{every: 10s}" }),
    /:3: "schedule\.every": must be from 1m to 7d/,
  ],
  [
    "an interval with seconds",
    yaml({ schedule: "{every: 90s}" }),
    /"schedule\.every": must be whole minutes/,
  ],
  [
    "both ways to schedule",
    yaml({ schedule: "{every: 1h, cron: '0 3 * * *'}" }),
    /"schedule": has both "every" and "cron"/,
  ],
  [
    "no cron expression",
    yaml({ schedule: "{cron: daily}" }),
    /:3: "schedule\.cron": must be five fields/,
  ],
  [
    "a cron expression with seconds",
    yaml({ schedule: "{cron: '* * * * * *'}" }),
    /"schedule\.cron": must be five fields/,
  ],
  [
    "a cron expression out of range",
    yaml({ schedule: "{cron: '61 * * * *'}" }),
    /"schedule\.cron": must be five fields/,
  ],
  [
    "a console without encryption",
    yaml({ console: "{url: http://console.example.com/}" }),
    /"console\.url": must be https/,
  ],
  [
    "a console with a path",
    yaml({ console: "{url: https://c.example/x}" }),
    /"console\.url": must be only scheme, host and port/,
  ],
  [
    "an unknown privacy",
    yaml({ console: "{url: https://c.example, privacy: {hostname: no}}" }),
    /"console\.privacy\.hostname": expected one of "plain"\|"hash"/,
  ],
  ["the whole disk as state", yaml({ state: "/" }), /:3: "state": must be an absolute path/],
  [
    "a path with a line break",
    yaml({ state: '"/a\\nb"' }),
    /"state": must not hold control characters/,
  ],
  [
    "a socket path too long for the system",
    yaml({ socket: `/${"x".repeat(120)}` }),
    /"socket": must be at most 107 bytes/,
  ],
  ["an unknown log level", yaml({ log: "{level: loud}" }), /"log\.level": expected one of/],
  [
    "an unknown log target",
    yaml({ log: "{target: syslog}" }),
    /"log\.target": must be journal, stderr, or a map/,
  ],
  [
    "a log file too small",
    yaml({ log: "{target: {file: /a/b, maxSize: 1kB}}" }),
    /"log\.target\.maxSize": must be from 64KiB to 1GiB/,
  ],
];

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
          root: "/etc/vouchsafe/root.json",
          plain: false,
        },
        databases: { daily: { consumer: { type: "none" }, keep: 2 } },
        schedule: { everyMs: 3_600_000, jitterMs: 30_000 },
        transfer: { proxy: "env", connectMs: 10_000, idleMs: 30_000 },
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
