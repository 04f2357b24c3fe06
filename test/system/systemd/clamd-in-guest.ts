/** The guest's own clamd, set up to read the database `daily`, as docs/consumers.md says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Guest } from "../../testkit/nspawn.ts";
import { commandsOf } from "./commands.ts";

const current = "/var/lib/vouchsafe/databases/daily/current";

/** Configures clamd. It is not started: without a database it could not be. */
export async function setUpClamd(guest: Guest): Promise<void> {
  const path = "/etc/clamav/clamd.conf";
  const kept = readFileSync(join(guest.root, path), "utf8")
    .split("\n")
    .filter((line) => !/^(DatabaseDirectory|SelfCheck) /.test(line));
  const set = [`DatabaseDirectory ${current}`, "SelfCheck 0", "ConcurrentDatabaseReload yes", ""];
  guest.write(path, [...kept, ...set].join("\n"));
  await guest.ok(commandsOf("docs/consumers.md", "clamd"));
}
