/**
 * Where scenarios play: a served repository with the database `daily`, a configured agent, and an
 * empty folder for a publisher and a console. All programs are the built ones.
 */
import { execFile } from "node:child_process";
import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type AgentFixture, agentFixture, executable, type RunningAgent } from "./agent-fixture.ts";
import type { StepResult } from "./scenario.ts";

const dist = join(import.meta.dirname, "../../dist");
const waitMs = 15_000;

/** A world in which commands can be run. */
export interface ScenarioWorld {
  run(words: readonly string[]): Promise<StepResult>;
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

async function until(condition: () => Promise<unknown>): Promise<void> {
  for (let waited = 0; ; waited += 50) {
    try {
      await condition();
      return;
    } catch (error) {
      if (waited >= waitMs) throw error;
      await delay(50);
    }
  }
}

/** Makes a world of its own. */
export async function scenarioWorld(): Promise<ScenarioWorld> {
  const fixture = await agentFixture(executable);
  const { dir, state } = fixture;
  let service: RunningAgent | undefined;
  await mkdir(join(dir, "console"), { mode: 0o700 });
  const path = (name: string) => join(dir, name);
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
    write: async ([name = "", content = ""]) => {
      await mkdir(dirname(path(name)), { recursive: true });
      await writeFile(path(name), content);
      return done();
    },
    cat: async ([name = ""]) => done(await readFile(path(name), "utf8")),
    ls: async ([name = ""]) => {
      const names = await readdir(path(name));
      return done(
        names
          .toSorted()
          .map((entry) => `${entry}\n`)
          .join(""),
      );
    },
    current: async ([name = ""]) =>
      done(await readFile(join(state, "databases/daily/current", name), "utf8")),
    "start-service": async () => {
      service = fixture.start("run");
      await until(() => access(fixture.socket));
      return done();
    },
    "stop-service": async () => {
      service?.child.kill("SIGTERM");
      const ended = await service?.ended;
      return { ...done(), code: ended?.code ?? null };
    },
  };
  return {
    run: async ([name = "", ...words]) => {
      const command = known[name];
      if (command === undefined) throw new Error(`no command ${name} in scenarios`);
      return command(words.map((word) => word.replaceAll("$DIR", dir)));
    },
    close: () => fixture.remove(),
  };
}
