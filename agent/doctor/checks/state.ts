/** Owners and modes under the state folder (design.md, Places): who else could read or write. */
import { join } from "node:path";
import { lstatIfExists } from "../../../host/durable.ts";
import type { FileStat, FileSystem } from "../../../host/file-system.ts";
import { checkStatePath } from "../../store/safe-path.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";

/** A path of the state, and the bits that it must not have, or must have. */
interface Rule {
  readonly path: string;
  readonly forbidden: number;
  readonly needed: number;
}

const nobodyElse = { forbidden: 0o077, needed: 0o700 } as const;

const rules: readonly Rule[] = [
  { path: "trust", ...nobodyElse },
  { path: "keys", ...nobodyElse },
  { path: "keys/identity.json", forbidden: 0o077, needed: 0o400 },
  { path: "spool", ...nobodyElse },
  { path: "engine", ...nobodyElse },
  { path: "databases", forbidden: 0o022, needed: 0o755 },
  { path: "history.ndjson", forbidden: 0o022, needed: 0o600 },
];

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

/** What is wrong with a path: pure. */
export function judgeMode(
  path: string,
  { mode, uid }: Pick<FileStat, "mode" | "uid">,
  owner: number,
  { forbidden, needed }: Pick<Rule, "forbidden" | "needed">,
): Finding | undefined {
  if (uid !== owner && uid !== 0) {
    const message = `${path} belongs to user ${uid}, not to the state's owner ${owner}.`;
    return failure("disk.permission", message, `Run chown ${owner} ${path}.`);
  }
  if (uid !== owner) {
    const message = `${path} belongs to root: the service cannot write it.`;
    return failure("disk.permission", message, `Run chown ${owner} ${path}.`);
  }
  const right = octal((mode & ~forbidden) | needed);
  if ((mode & forbidden) !== 0) {
    const message = `${path} is open to others (mode ${octal(mode)}).`;
    return failure("disk.permission", message, `Run chmod ${right} ${path}.`);
  }
  if ((mode & needed) === needed) return undefined;
  const message = `${path} is closed to those who need it (mode ${octal(mode)}).`;
  return failure("disk.permission", message, `Run chmod ${right} ${path}.`);
}

async function judgeAll(fs: FileSystem, state: string, owner: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const rule of rules) {
    const path = join(state, rule.path);
    const stat = await lstatIfExists(fs, path);
    const finding = stat === undefined ? undefined : judgeMode(path, stat, owner, rule);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

export const stateCheck: Check = {
  id: "state",
  title: "owner and mode of each state path, and of every folder above",
  run: async ({ config: { state }, fs, uid }) => {
    if (uid === undefined) return [ok(`${state}: its rights are the operating system's to keep.`)];
    const stat = await lstatIfExists(fs, state);
    if (stat === undefined) {
      await checkStatePath(fs, state, uid);
      return [ok(`${state} does not exist yet; the first update makes it.`)];
    }
    await checkStatePath(fs, state, stat.uid);
    if (uid !== 0 && uid !== stat.uid) {
      const message = `${state} belongs to user ${stat.uid}; as user ${uid} not all can be seen.`;
      return [warning(message, "Run the doctor as root or as the service's user.")];
    }
    const findings = await judgeAll(fs, state, stat.uid);
    if (findings.length > 0) return findings;
    return [ok(`${state} belongs to user ${stat.uid} alone, with the right modes.`)];
  },
};
