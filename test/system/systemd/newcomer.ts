/** Somebody new with an account of their own on a fresh Debian, who may use sudo. */
import { copyFileSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Guest } from "../../testkit/nspawn.ts";

/** Types commands into a terminal of theirs. */
export interface Newcomer {
  /** What the commands print; stops at the first that fails. Throws with all that was printed. */
  types(commands: string): Promise<string>;
}

const home = "home/ada";

/** @param files what lies in their home folder */
export async function newcomer(guest: Guest, files: readonly string[]): Promise<Newcomer> {
  await guest.ok("useradd --create-home --shell /bin/bash ada");
  guest.write("/etc/sudoers.d/ada", "ada ALL=(ALL) NOPASSWD: ALL\n", 0o440);
  mkdirSync(join(guest.root, home), { recursive: true });
  for (const file of files) copyFileSync(file, join(guest.root, home, basename(file)));
  return {
    types: async (commands) => {
      guest.write(`/${home}/typed.sh`, `set -e\n${commands}`);
      return guest.ok("su --login ada --command 'bash typed.sh' 2>&1");
    },
  };
}
