/** Everything that can be wrong with agent.yaml, each with the sentence that it deserves. */

const base = { repository: "{url: http://127.0.0.1/}", databases: "{daily: {}}" };

/** agent.yaml with some keys replaced or added; each on a line of its own. */
export function yaml(keys: Readonly<Record<string, string>>): string {
  return Object.entries({ ...base, ...keys })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
}

/** `databases` with one whose consumer is that. */
export const consumer = (text: string) => ({ databases: `{daily: {consumer: ${text}}}` });

/** What is wrong, the file, and what the sentence must hold: line and key first. */
export const cases: readonly [string, string | Uint8Array, RegExp][] = [
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
    yaml({ schedule: "{moon: full}" }),
    /:3: unknown key "schedule\.moon"/,
  ],
  [
    "a window without an end",
    yaml({ schedule: '{window: {from: "02:00"}}' }),
    /:3: "schedule\.window\.to": is missing/,
  ],
  [
    "a window that is always",
    yaml({ schedule: '{window: {from: "02:00", to: "02:00"}}' }),
    /:3: "schedule\.window\.to": must be another time than `from`/,
  ],
  [
    "a time that no clock shows",
    yaml({ schedule: '{window: {from: "25:00", to: "02:00"}}' }),
    /:3: "schedule\.window\.from": must be a time of day/,
  ],
  [
    "a day that no week has",
    yaml({ schedule: '{window: {days: [mon-funday], from: "01:00", to: "02:00"}}' }),
    /:3: "schedule\.window\.days\[0\]": must be a day such as mon/,
  ],
  [
    "a zone that is nowhere",
    yaml({ databases: '{daily: {window: {from: "1:00", to: "02:00", zone: Mars/Base}}}' }),
    /:2: "databases\.daily\.window\./,
  ],
  [
    "a pin of a database that is not configured",
    yaml({ policy: "{pin: {dialy: 41}}" }),
    /:3: "policy\.pin\.dialy": names no database/,
  ],
  ["a pin that is no version", yaml({ policy: "{pin: {daily: 0}}" }), /:3: "policy\.pin\.daily"/],
  ["a ring that is none", yaml({ policy: "{ring: alpha}" }), /:3: "policy\.ring"/],
  [
    "a self-check every second",
    yaml({ selfCheck: "{every: 1s}" }),
    /:3: "selfCheck\.every": must be from 10m to 90d/,
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
    /"databases\.daily\.consumer\.type": must be none, command, clamav or suricata/,
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
    "a clamd on another machine",
    yaml(consumer("{type: clamav, clamd: '192.0.2.1:3310'}")),
    /"databases\.daily\.consumer\.clamd": must be an absolute path, or a port of this machine/,
  ],
  [
    "a clamd on a port that there is not",
    yaml(consumer("{type: clamav, clamd: '127.0.0.1:65536'}")),
    /consumer\.clamd": must be/,
  ],
  [
    "a sample whose path is relative",
    yaml(consumer("{type: clamav, samples: {clean: [a.txt]}}")),
    /consumer\.samples\.clean.*: must be an absolute path/,
  ],
  [
    "a misspelled key of Suricata's",
    yaml(consumer("{type: suricata, sockett: /run/a}")),
    /unknown key "databases\.daily\.consumer\.sockett"; did you mean .*socket/,
  ],
  [
    "a guard on a path that no release may have",
    yaml({ databases: "{daily: {guards: {mustExist: [../a]}}}" }),
    /guards\.mustExist.*: The path "\.\.\/a"/,
  ],
  [
    "a guard that allows a fall of more than everything",
    yaml({ databases: "{daily: {guards: {records: [{files: '*', maxFall: 101}]}}}" }),
    /guards\.records.*maxFall/,
  ],
  [
    "a greatest size below the least",
    yaml({ databases: "{daily: {guards: {minSize: 2MB, maxSize: 1MB}}}" }),
    /guards\.maxSize": must not be less than minSize/,
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
