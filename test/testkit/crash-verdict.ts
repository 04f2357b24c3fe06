/**
 * Whether an interrupted operation ended well: judged from what a reader of the disk finds, not by
 * asking the engine.
 */
import { join, resolve } from "node:path";
import { recordedTarget } from "../../agent/store/current-json.ts";
import { listTree } from "../../agent/store/tree.ts";
import { readHistory, verifyHistory } from "../../agent/update/read-history.ts";
import { lstatIfExists } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { type CrashScenario, releases } from "./crash-scenarios.ts";

/** The folder that a reader of `current` comes to, undefined for none. */
async function shownFolder(
  { platform }: Pick<CrashScenario, "platform">,
  fs: FileSystem,
  database: string,
): Promise<string | undefined> {
  const current = join(database, "current");
  const stat = await lstatIfExists(fs, current);
  if (stat?.kind === "symlink") return resolve(database, await fs.readlink(current));
  if (stat !== undefined) return current;
  const target = platform.followsCurrentJson ? await recordedTarget(fs, database) : undefined;
  return target === undefined ? undefined : join(database, target);
}

/** The release that `current` shows, 0 for no pointer, or a sentence on what is wrong. */
export async function shownRelease(
  scenario: Pick<CrashScenario, "platform">,
  fs: FileSystem,
  state: string,
): Promise<number | string> {
  const folder = await shownFolder(scenario, fs, join(state, "databases/daily"));
  if (folder === undefined) return 0;
  if ((await lstatIfExists(fs, folder)) === undefined) return `current leads nowhere: ${folder}`;
  const { entries } = await listTree(fs, folder);
  const found = new Map<string, string>();
  for (const path of entries) found.set(path, (await fs.readFile(join(folder, path))).toString());
  const shown = releases.findIndex((files) => {
    const paths = Object.keys(files);
    return paths.length === found.size && paths.every((path) => found.get(path) === files[path]);
  });
  return shown >= 0 ? shown + 1 : `current is not whole: ${JSON.stringify([...found])}`;
}

async function namesIn(fs: FileSystem, dir: string): Promise<readonly string[]> {
  return (await lstatIfExists(fs, dir)) === undefined ? [] : fs.readdir(dir);
}

/** Everything that should not lie in the state folder when nothing is under way. */
async function orphans(
  { keep, platform }: CrashScenario,
  fs: FileSystem,
  state: string,
): Promise<string[]> {
  const [database, engine] = [join(state, "databases/daily"), join(state, "engine/daily")];
  const folders = await namesIn(fs, join(database, "generations"));
  const manifests = await namesIn(fs, join(engine, "generations"));
  const allowed: readonly (readonly [string, readonly string[]])[] = [
    [state, ["databases", "engine", "history.ndjson", "history.head.json"]],
    [join(state, "databases"), ["daily"]],
    [join(state, "engine"), ["daily", "last-run.json"]],
    [database, ["current", "current.json", "generations", ...platform.beside]],
    [engine, ["generations", "record.json"]],
    [join(database, "generations"), manifests.map((name) => name.replace(/\.json$/, ""))],
    [join(engine, "generations"), folders.map((name) => `${name}.json`)],
  ];
  const found: string[] = [];
  for (const [dir, names] of allowed) {
    const more = (await namesIn(fs, dir)).filter((name) => !names.includes(name));
    found.push(...more.map((name) => `left over: ${join(dir, name)}`));
  }
  if (folders.length > keep) found.push(`${folders.length} generations are kept`);
  return found;
}

/** What is wrong before anybody starts again: a consumer may read `current` at any moment. */
async function faultsNow(scenario: CrashScenario, fs: FileSystem, state: string) {
  const shown = await shownRelease(scenario, fs, state);
  if (typeof shown === "string") return [shown];
  return shown === 0 && !scenario.mayBeAbsent ? ["current is gone"] : [];
}

/** What is wrong once the next run is over. */
async function faultsThen(scenario: CrashScenario, fs: FileSystem, state: string) {
  const { ends, events, eventsBefore, context } = scenario;
  const { error } = await scenario.next(fs);
  const excused = error === undefined || error.class === "policy" || error.class === "consumer";
  const shown = await shownRelease(scenario, fs, state);
  const release = typeof shown === "number" ? shown : 0;
  const written = (await readHistory(context(fs))).slice(eventsBefore).map(({ kind }) => kind);
  const due = events[release] ?? [];
  const chain = await verifyHistory(context(fs)).then(
    () => [],
    (reason: unknown) => [`the history does not verify: ${String(reason)}`],
  );
  return [
    ...(excused ? [] : [`the next run ends with ${error.code}: ${error.message}`]),
    ...(ends.includes(release) ? [] : [`then current shows ${shown}`]),
    ...(written.join() === due.join() ? [] : [`the history got: ${written.join() || "nothing"}`]),
    ...chain,
    ...(await orphans(scenario, fs, state)),
  ];
}

/** All that is wrong after an interruption; empty when it ends well. The next run is made here. */
export async function faultsAfter(
  scenario: CrashScenario,
  fs: FileSystem,
): Promise<readonly string[]> {
  const { state } = scenario.context(fs);
  const now = await faultsNow(scenario, fs, state);
  return [...now, ...(await faultsThen(scenario, fs, state))];
}
