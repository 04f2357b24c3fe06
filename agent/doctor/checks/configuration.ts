/** The configuration itself: it was loaded; what it names must be there, and systemd must allow it. */
import { join } from "node:path";
import process from "node:process";
import { readFileIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { namedFiles } from "../../config/named-files.ts";
import { type DropIn, dropInFor, isCredential } from "../../platform/linux/drop-in.ts";
import type { DoctorContext } from "../context.ts";
import { secretFilesOf } from "../diagnostics/secrets.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";

/** The address in the file that the packages install. */
const exampleHost = /(^|\.)example\.(com|org|net)$/;

const writableByOthers = 0o022;
const openToOthers = 0o007;
const dropInFolder = "/etc/systemd/system/vouchsafe-agent.service.d";
const maxDropInBytes = 65_536;

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

async function ownFile(fs: FileSystem, path: string): Promise<readonly Finding[]> {
  if (!path.startsWith("/")) return []; // from standard input
  const { mode } = await fs.stat(path);
  if ((mode & writableByOthers) === 0) return [];
  const message = `${path} may be written by others than its owner (mode ${mode.toString(8)}).`;
  return [failure("disk.permission", message, `Run chmod go-w ${path}.`)];
}

/** A credential of the relay's unit is there while that unit runs, and for it alone. */
const isOfRelay = (key: string, path: string): boolean =>
  key.startsWith("relay.") && isCredential(path);

/** Programs are the consumers' check's, the root is that of trust. */
async function judgeFiles({ config, fs, mayUse }: DoctorContext): Promise<readonly Finding[]> {
  const files = namedFiles(config).filter(
    ({ kind, key, path }) => kind === "file" && key !== "repository.root" && !isOfRelay(key, path),
  );
  const findings = files.map(async ({ key, path }) => {
    const stat = await fs.stat(path).catch(() => undefined);
    const readable = stat?.kind === "file" && (await mayUse(path, "read"));
    if (readable) return [];
    const why = stat === undefined ? "is not there" : "is no file that this user may read";
    return [failure("config.invalid", `"${key}": ${path} ${why}.`)];
  });
  return (await Promise.all(findings)).flat();
}

/** A password or key that everybody may read is none. */
async function judgeSecrets({ config, fs }: DoctorContext): Promise<readonly Finding[]> {
  const findings = secretFilesOf(config).map(async (path) => {
    const stat = await fs.stat(path).catch(() => undefined);
    if (stat === undefined || (stat.mode & openToOthers) === 0) return [];
    const message = `${path} holds a secret and is open to others (mode ${stat.mode.toString(8)}).`;
    return [failure("disk.permission", message, `Run chmod o-rwx ${path}.`)];
  });
  return (await Promise.all(findings)).flat();
}

/** Whether texts of drop-ins have every line that is needed: pure. */
export function judgeDropIn(
  { warnings, dropIn }: DropIn,
  texts: readonly string[],
): Finding | undefined {
  const given = new Set(texts.flatMap((text) => text.split("\n")).map((line) => line.trim()));
  const missing = dropIn.filter((line) => !given.has(line));
  if (missing.length === 0) return undefined;
  const lines = dropIn.slice(1).join(" and ");
  const advice = `Run systemctl edit vouchsafe-agent and add, under [Service], ${lines}.`;
  return warning(warnings.join(" "), advice);
}

async function readDropIns(fs: FileSystem): Promise<readonly string[]> {
  const names = await fs.readdir(dropInFolder).catch(() => []);
  const texts = names
    .filter((name) => name.endsWith(".conf"))
    .map((name) => readFileIfExists(fs, join(dropInFolder, name), maxDropInBytes));
  return (await Promise.all(texts)).map((bytes) => bytes?.toString("utf8") ?? "");
}

/** What the shipped unit does not grant; of no matter where the unit is not installed. */
async function judgeUnit({ config, fs }: DoctorContext): Promise<readonly Finding[]> {
  const unit = "/usr/lib/systemd/system/vouchsafe-agent.service";
  if (process.platform !== "linux") return [];
  const needs = dropInFor(config);
  if (needs === undefined || (await fs.stat(unit).catch(() => undefined)) === undefined) return [];
  const finding = judgeDropIn(needs, await readDropIns(fs));
  return finding === undefined ? [] : [finding];
}

export const configurationCheck: Check = {
  id: "configuration",
  title:
    "agent.yaml: writable by nobody else, all files that it names there, secrets open to nobody, and the drop-in that it needs of systemd",
  run: async (context) => {
    const { path, repository, databases } = context.config;
    const findings: Finding[] = [
      ...(await ownFile(context.fs, path)),
      ...(await judgeFiles(context)),
      ...(process.platform === "win32" ? [] : await judgeSecrets(context)),
      ...(await judgeUnit(context)),
    ];
    const example = repository.urls.find((url) => exampleHost.test(new URL(url).hostname));
    if (example !== undefined) {
      const message = `The repository is still the example ${example}.`;
      findings.push(warning(message, `Set repository.url in ${path} to your vendor's address.`));
    }
    if (findings.length > 0) return findings;
    const mirrors = plural(repository.urls.length, "mirror");
    return [ok(`${path} is good: ${plural(databases.size, "database")}, ${mirrors}.`)];
  },
};
