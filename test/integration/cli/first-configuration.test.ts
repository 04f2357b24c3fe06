/** The first configuration that an installer writes. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type FirstValues,
  writeFirstConfiguration,
} from "../../../agent/cli/first-configuration.ts";
import { firstValues } from "../../../agent/cli/service-configure.ts";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { memoryPublisher } from "../../testkit/memory-publisher.ts";

const token = `vst_${"A".repeat(43)}`;
let dir: string;
let folder: string;
let good: FirstValues;

const places = () => ({
  config: join(folder, "agent.yaml"),
  root: join(folder, "root.json"),
  state: join(folder, "state"),
  socket: join(folder, "agent.sock"),
});

const write = (values: Partial<FirstValues> = {}) =>
  writeFirstConfiguration(
    {
      fs: nodeFileSystem,
      places: places(),
      secureFolder: async (path) => void mkdirSync(path, { recursive: true }),
    },
    { ...good, ...values },
  );

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "vouchsafe-first-"));
  folder = join(dir, "Vouchsafe");
  const [rootFile, tokenFile] = [join(dir, "given root.json"), join(dir, "token")];
  writeFileSync(rootFile, (await memoryPublisher()).root);
  writeFileSync(tokenFile, `${token}\r\n`);
  const url = "https://console.example.com";
  const repository = "https://updates.example.com/";
  good = { repository, databases: ["daily", "ids-rules"], rootFile, console: url, tokenFile };
});

afterEach(() => rmSync(dir, { recursive: true }));

describe("it", () => {
  test("says what was given, and what it names lies there", async () => {
    expect(await write()).toBe(true);
    const { config } = await loadAgentConfig(nodeFileSystem, places().config, places());
    expect(config.repository.urls).toEqual(["https://updates.example.com/"]);
    expect([...config.databases.keys()]).toEqual(["daily", "ids-rules"]);
    expect(config.console?.url).toBe("https://console.example.com");
    expect(readFileSync(config.console?.tokenFile ?? "", "utf8")).toBe(`${token}\n`);
    expect(readFileSync(config.repository.root)).toEqual(
      readFileSync(join(dir, "given root.json")),
    );
  });

  test("needs neither console nor token", async () => {
    const { repository, databases, rootFile = "" } = good;
    good = { repository, databases, rootFile };
    expect(await write()).toBe(true);
    expect(readdirSync(folder).toSorted()).toEqual(["agent.yaml", "root.json"]);
  });

  test("takes a root that lies there already", async () => {
    mkdirSync(folder);
    writeFileSync(places().root, readFileSync(good.rootFile ?? ""));
    const { rootFile: _, ...rest } = good;
    good = rest;
    expect(await write()).toBe(true);
  });

  test("has a value for a value, whatever stands in it", async () => {
    expect(await write({ repository: 'https://a.example/"\nstate: /elsewhere #' })).toBe(true);
    const { config } = await loadAgentConfig(nodeFileSystem, places().config, places());
    expect(config.state).toBe(places().state);
  });

  test("is not written where there is one, whatever that says", async () => {
    mkdirSync(folder);
    writeFileSync(places().config, "an administrator's own");
    expect(await write({ repository: "nonsense" })).toBe(false);
    expect(readFileSync(places().config, "utf8")).toBe("an administrator's own");
    expect(readdirSync(folder)).toEqual(["agent.yaml"]);
  });
});

describe("refused, with nothing written:", () => {
  test.each<[string, () => Partial<FirstValues>, string]>([
    ["an address that is none", () => ({ repository: "updates" }), "config.invalid"],
    ["a name that no database can have", () => ({ databases: ["../daily"] }), "config.invalid"],
    ["a console without encryption", () => ({ console: "http://c.example" }), "config.invalid"],
    ["a root that is none", () => ({ rootFile: good.tokenFile ?? "" }), "trust.root"],
    ["a root that is not there", () => ({ rootFile: join(dir, "none") }), "disk.io"],
    ["a token that is none", () => ({ tokenFile: good.rootFile ?? "" }), "usage.input"],
    ["a token that is not there", () => ({ tokenFile: join(dir, "none") }), "secret.unavailable"],
  ])("%s", async (_what, values, code) => {
    await expect(write(values())).rejects.toThrow(expect.objectContaining({ code }));
    expect(existsSync(folder)).toBe(false);
  });

  test("a root that differs from the one that lies there", async () => {
    mkdirSync(folder);
    writeFileSync(places().root, (await memoryPublisher(Date.now, "another")).root);
    await expect(write()).rejects.toThrow(expect.objectContaining({ code: "trust.root" }));
    expect(readdirSync(folder)).toEqual(["root.json"]);
  });
});

describe("the values of a command line", () => {
  const values = (given: Readonly<Record<string, string>>) => firstValues((name) => given[name]);

  test("may be empty, or have a space at their end, as the MSI writes them", () => {
    const given = { repository: "https://a.example/ ", databases: "daily, ids-rules " };
    expect(
      values({ ...given, console: " ", "token-file": " ", "root-file": "C:\\a b\\ " }),
    ).toEqual({
      repository: "https://a.example/",
      databases: ["daily", "ids-rules"],
      rootFile: "C:\\a b\\",
    });
  });

  test.each(["repository", "databases"])("must have %s", (missing) => {
    const given = { repository: "https://a.example/", databases: "daily", [missing]: " " };
    expect(() => values(given)).toThrow(`needs the option --${missing}`);
  });
});
