/** Completion in the real shells: what each offers for a line, from one table. */
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentProgram } from "../../../agent/cli/program.ts";
import { consoleProgram } from "../../../console/cli/program.ts";
import { grammarOf } from "../../../host/cli/completion/grammar.ts";
import { publisherProgram } from "../../../publisher/cli/program.ts";
import { type ShellPlace, shells } from "../../testkit/shells.ts";

const [agent, publisher] = [agentProgram, publisherProgram].map(({ name }) => name);

/** A line, what is offered, and what must not be. */
interface Case {
  readonly says: string;
  readonly line: readonly (string | undefined)[];
  readonly offered?: readonly string[];
  /** Nothing but `offered`. */
  readonly only?: readonly string[];
}

const cases: readonly Case[] = [
  { says: "a command by its first letters", line: [agent, "roll"], only: ["rollback"] },
  { says: "a command of its short name", line: ["agent", "roll"], only: ["rollback"] },
  { says: "groups beside commands", line: [agent, ""], offered: ["config", "help", "update"] },
  {
    says: "the second word of a command",
    line: [agent, "config", ""],
    only: ["check", "databases", "show"],
  },
  { says: "commands after help", line: [agent, "help", "unh"], only: ["unhold"] },
  { says: "no databases after help", line: [agent, "help", "hold", ""], only: [] },
  { says: "an option of the command", line: [agent, "hold", "--re"], only: ["--reason"] },
  { says: "no option of another", line: [agent, "status", "--re"], only: [] },
  { says: "options of all commands", line: [agent, "hold", "--js"], only: ["--json"] },
  {
    says: "databases as the agent tells them",
    line: [agent, "hold", ""],
    offered: ["daily", "ids-rules"],
  },
  {
    says: "an argument after options and their values",
    line: [agent, "hold", "--reason", "daily", "--json", "ids"],
    only: ["ids-rules"],
  },
  { says: "several databases", line: [agent, "update", "daily", "ids"], only: ["ids-rules"] },
  { says: "only one where one is taken", line: [agent, "unhold", "daily", "ids"], only: [] },
  { says: "files for FILE", line: [agent, "enroll", "--token-file", "tok"], only: ["token"] },
  {
    says: "folders for DIR",
    line: [publisher, "key", "new", "alice", "--keys", ""],
    only: ["keys"],
  },
  {
    says: "what an option may be",
    line: [publisher, "database", "add", "x", "--canary", ""],
    only: ["hdb", "ndb"],
  },
  {
    says: "what an argument may be",
    line: [publisher, "key", "rotate", "t"],
    only: ["targets", "timestamp"],
  },
  { says: "nothing after an unknown command", line: [agent, "upgrade", ""], only: [] },
];

/** Folders end with a slash in some shells. */
const plain = (words: readonly string[]): readonly string[] =>
  words.map((word) => word.replace(/\/$/, ""));

const readable = ({ line }: Case): readonly string[] => line.map((word) => word ?? "");

describe.each(shells)("$name", (shell) => {
  const grammars = [agentProgram, publisherProgram, consoleProgram].map(grammarOf);
  let [folder, asked] = ["", ""];
  let place: ShellPlace = { folder, cwd: "", bin: "" };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vouchsafe-completion-"));
    asked = join(folder, "asked");
    await mkdir(join(folder, "bin"));
    await mkdir(join(folder, "cwd", "keys"), { recursive: true });
    await writeFile(join(folder, "cwd", "token"), "");
    const program = join(folder, "bin", agentProgram.name);
    await writeFile(
      program,
      `#!/bin/sh\necho "$@" >>${asked}\nprintf 'daily\\nids-rules\\n'\necho trouble >&2\n`,
    );
    await chmod(program, 0o755);
    place = { folder, cwd: join(folder, "cwd"), bin: join(folder, "bin") };
    if (existsSync(shell.program)) await shell.install(grammars, folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const offers = (line: readonly string[]): Promise<readonly string[]> => shell.offers(place, line);

  describe.runIf(existsSync(shell.program))("offers", () => {
    test.each(cases)("$says", async (one) => {
      const found = plain(await offers(readable(one)));
      if (one.only !== undefined) expect(found).toEqual(one.only);
      for (const word of one.offered ?? []) expect(found).toContain(word);
    });

    test.each(["--config other.yaml", "--config=other.yaml"])(
      "databases of the configuration that the line names: %s",
      async (option) => {
        await writeFile(asked, "");
        expect(await offers([agentProgram.name, ...option.split(" "), "rollback", "d"])).toEqual([
          "daily",
        ]);
        expect(await readFile(asked, "utf8")).toMatch(
          /^--config[ =]other.yaml config databases\n$/,
        );
      },
    );
  });
});
