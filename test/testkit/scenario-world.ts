/**
 * Where scenarios play: a served repository with the database `daily`, a configured agent, and an
 * empty folder for a publisher and a console. All programs are the built ones.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AgentFixture, agentFixture } from "./agent-fixture.ts";
import type { AgentProgram } from "./exe-program.ts";
import { type StopService, startService } from "./exe-service.ts";
import type { StepResult } from "./scenario.ts";

const dist = join(import.meta.dirname, "../../dist");

/** A world in which commands can be run. */
export interface ScenarioWorld {
  run(words: readonly string[]): Promise<StepResult>;
  /** Text of a scenario with the names of this world: `$DIR/…` a path, `$CHECK` and `$ENDLESS` words of YAML. */
  named(text: string): string;
  close(): Promise<void>;
}

const done = (stdout = ""): StepResult => ({ code: 0, stdout, stderr: "" });

function bundled(name: string, args: readonly string[], dir: string): Promise<StepResult> {
  const env = {
    ...process.env,
    VOUCHSAFE_PUBLISHER_DIR: join(dir, "publisher"),
    VOUCHSAFE_CONSOLE_DATA: join(dir, "console"),
    VOUCHSAFE_PASSPHRASE: "only for tests",
  };
  return new Promise((resolve) => {
    const file = join(dist, `vouchsafe-${name}.cjs`);
    const options = { env, cwd: dir, timeout: 60_000 };
    execFile(process.execPath, [file, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      resolve({ code: typeof code === "number" ? code : null, stdout, stderr });
    });
  });
}

/** Flips a bit in the newest served metadata of a role, or in a target file. */
function flip({ publisher: { files } }: AgentFixture, name: string): void {
  const path = [...files.keys()].filter((served) => served.endsWith(name)).at(-1) ?? name;
  const bytes = Buffer.from(files.get(path) ?? "");
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
  files.set(path, bytes);
}

async function release(fixture: AgentFixture, words: readonly string[]): Promise<void> {
  const [database = "", label = "", ...contents] = words;
  const files = contents.map((entry) => entry.split("=", 2));
  const named = Object.fromEntries(files.map(([path = "", content = ""]) => [path, content]));
  fixture.publisher.release(database, named, { label });
  await fixture.publisher.publish();
}

/** Makes a world of its own, with the agent that is under test. */
export async function scenarioWorld(program: AgentProgram): Promise<ScenarioWorld> {
  const fixture = await agentFixture(program);
  const { dir, state } = fixture;
  const { check, script } = program.system;
  let stop: StopService | undefined;
  await mkdir(join(dir, "console"), { mode: 0o700 });
  const path = (name: string) => join(dir, name);
  const named = (text: string): string =>
    text
      .replaceAll("$ENDLESS", program.system.endless)
      .replaceAll("$CHECK", script(program.pathOf(path(check.name))))
      .replaceAll(/\$DIR((?:\/[a-z.-]+)*)/g, (_, rest: string) => program.pathOf(path(rest)));
  const known: Record<string, (words: readonly string[]) => Promise<StepResult>> = {
    agent: (words) => fixture.agent(...words),
    publisher: (words) => bundled("publisher", words, dir),
    console: (words) => bundled("console", words, dir),
    /** release DATABASE LABEL PATH=CONTENT… */
    release: async (words) => {
      await release(fixture, words);
      return done();
    },
    flip: async ([name = ""]) => {
      flip(fixture, name);
      return done();
    },
    /** configure YAML of the databases */
    configure: async ([databases = "", more = ""]) => {
      fixture.configure(more, databases);
      return done();
    },
    /** check-for FILE WORD: what $CHECK looks for in a generation */
    "check-for": async ([file = "", word = ""]) => {
      await writeFile(path(check.name), check.text(file, word));
      return done();
    },
    write: async ([name = "", content = ""]) => {
      await mkdir(dirname(path(name)), { recursive: true });
      await writeFile(path(name), content);
      return done();
    },
    current: async ([name = ""]) =>
      done(await readFile(join(state, "databases/daily/current", name), "utf8")),
    "start-service": async () => {
      stop = await startService(fixture);
      return done();
    },
    "stop-service": async () => {
      const code = await stop?.();
      stop = undefined;
      return { ...done(), code: code ?? null };
    },
  };
  return {
    named,
    run: async ([name = "", ...words]) => {
      const command = known[name];
      if (command === undefined) throw new Error(`no command ${name} in scenarios`);
      return command(words.map(named));
    },
    close: async () => {
      await stop?.();
      await fixture.remove();
    },
  };
}
