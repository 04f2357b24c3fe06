/**
 * A program as another user: through setpriv(1) of util-linux, which gives up the agent's right to
 * become others before the program begins.
 */
import type { Account } from "../../host/accounts.ts";
import type { ProcessResult } from "../../host/process.ts";
import type { Argv } from "../config/types.ts";

/** Finds a user of the machine. */
export type FindAccount = (name: string) => Promise<Account | undefined>;

const setpriv = "/usr/bin/setpriv";

/** setpriv's own exit code when it may not do what it is asked to. */
const notPermitted = 127;

/** The command line that runs another as that user: pure. */
export function argvAs({ uid, gid }: Account, argv: Argv): Argv {
  return [
    setpriv,
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--init-groups",
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--no-new-privs",
    "--",
    ...argv,
  ];
}

/** Whether it was setpriv that failed, and not the program. */
export function couldNotBecome({ code, stderr }: Pick<ProcessResult, "code" | "stderr">): boolean {
  return code === notPermitted && stderr.startsWith("setpriv: ");
}
