/** What differs between Linux and Windows for who runs the agent there and looks at what it did. */
import { existsSync } from "node:fs";
import { readFile, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";

/** A program for a consumer that says yes when a file of the generation has a word. */
export interface ConsumerCheck {
  /** Name of its file. */
  readonly name: string;
  readonly text: (file: string, word: string) => string;
}

export interface ExeSystem {
  readonly name: "linux" | "windows";
  /** Where the service of a fixture listens, by the fixture's folder. */
  readonly socketIn: (dir: string) => string;
  /** The words of a YAML list that run a script. */
  readonly script: (path: string) => string;
  /** The same, of a program that takes a moment and says yes. */
  readonly moment: (seconds: number) => string;
  /** The same, of a program that starts another one and does not end for a minute. */
  readonly endless: string;
  readonly check: ConsumerCheck;
  /** What else may lie beside `current` when nothing is under way. */
  readonly besideCurrent: readonly string[];
  /**
   * The folders to which a reader of a database's `current` is led, whichever way it goes.
   *
   * @throws Error when there is none
   */
  readonly shownBy: (databaseDir: string) => Promise<readonly [string, ...string[]]>;
}

const currentJson = z.object({ path: z.string() });
const cmd = "C:\\windows\\system32\\cmd.exe, /d, /c";

export const linuxSystem: ExeSystem = {
  name: "linux",
  socketIn: (dir) => join(dir, "run", "agent.sock"),
  script: (path) => `/bin/sh, ${path}`,
  moment: (seconds) => `/bin/sleep, '${seconds}'`,
  endless: '/bin/sh, -c, "sleep 60; true"',
  check: {
    name: "check.sh",
    text: (file, word) => `grep -q ${word} "$VOUCHSAFE_GENERATION/${file}"\n`,
  },
  besideCurrent: [],
  shownBy: async (dir) => [join(dir, await readlink(join(dir, "current")))],
};

export const windowsSystem: ExeSystem = {
  name: "windows",
  socketIn: (dir) => `\\\\.\\pipe\\${basename(dir)}`,
  script: (path) => `${cmd}, ${path}`,
  // To start a program takes a moment by itself there, and there is none that sleeps for less than
  // a second.
  moment: () => `${cmd}, exit`,
  endless: `${cmd}, "ping -n 60 127.0.0.1 >nul"`,
  check: {
    name: "check.cmd",
    text: (file, word) => `@findstr ${word} "%VOUCHSAFE_GENERATION%\\${file}" >nul\r\n`,
  },
  besideCurrent: ["current.mirror.json"],
  shownBy: async (dir) => {
    const { path } = currentJson.parse(
      JSON.parse(await readFile(join(dir, "current.json"), "utf8")),
    );
    const recorded = join(dir, path);
    const current = join(dir, "current");
    return existsSync(current) ? [recorded, current] : [recorded];
  },
};
