/** The guest's own clamd, set up to read the database `daily`, as docs/consumers.md says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Guest } from "../../testkit/nspawn.ts";

const current = "/var/lib/vouchsafe/databases/daily/current";
const units = ["clamav-daemon.service", "clamav-daemon.socket"];
// Debian's units wait for freshclam's files.
const dropIn = `[Unit]\nConditionPathExistsGlob=\nConditionPathExists=${current}\n`;

/** Configures clamd. It is not started: without a database it could not be. */
export async function setUpClamd(guest: Guest): Promise<void> {
  const path = "/etc/clamav/clamd.conf";
  const kept = readFileSync(join(guest.root, path), "utf8")
    .split("\n")
    .filter((line) => !/^(DatabaseDirectory|SelfCheck) /.test(line));
  const set = [`DatabaseDirectory ${current}`, "SelfCheck 0", "ConcurrentDatabaseReload yes", ""];
  guest.write(path, [...kept, ...set].join("\n"));
  for (const unit of units) guest.write(`/etc/systemd/system/${unit}.d/vouchsafe.conf`, dropIn);
  await guest.ok("systemctl daemon-reload");
}
