/**
 * Who may import whom, as data (design.md, Folders): programs → host → protocol, and in the agent
 * cli → daemon → {update, report}, update → {trust, transfer, store, consumer}, cli → doctor.
 */
import { importsOf } from "./imports.ts";
import { type Source, withoutComments } from "./sources.ts";

const programs = ["agent", "publisher", "console", "auditor"] as const;

/** For each folder of the product: the other folders that it may import. */
const folders: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  host: ["protocol"],
  ...Object.fromEntries(programs.map((program) => [program, ["host", "protocol"]])),
};

/** For each room of the agent: the other rooms that it may import. */
const below = ["policy", "trust", "transfer", "store", "consumer", "platform", "config"];
const agentRooms: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cli", "daemon", "update", "report", ...below],
  // It reads what is installed, and never the key, the spool or the configuration.
  relay: ["store", "trust", "transfer"],
  cli: ["daemon", "doctor", "monitoring", "update", "report", "relay", ...below],
  // It looks at everything and changes nothing: neither the pipeline nor the service is at hand.
  doctor: ["report", ...below],
  daemon: ["update", "report", ...below],
  update: below,
  monitoring: ["trust"],
  report: ["trust", "platform", "config"],
  transfer: ["trust", "config"],
  trust: ["config"],
  consumer: ["platform", "config"],
  store: ["policy", "platform"],
  policy: ["config"],
  platform: ["config"],
  config: [],
};

/** The protocol is pure: it computes, and touches neither disk nor network nor clock. */
const pureModules = /^(node:(crypto|zlib|buffer|util)|tweetnacl|zod)$/;
const impure =
  /\b(Date\.now|new Date\(\)|performance\.|process\.|setTimeout|setInterval|Math\.random|fetch\(|randomBytes|randomUUID)/;

/** The one way to the network, and the one way to the disk. */
const gotHolders = /^host\/http(\.ts$|\/)/;
const rawWriters = new Set(["host/file-system.ts"]);
const rawWrite = /\b(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream)\s*\(/;

const roomOf = (path: string): string => path.split("/")[1] ?? "";
const folderOf = (path: string): string => path.split("/")[0] ?? "";

/** The arrow that an import draws, if no rule allows it. */
const wrongArrow = (from: string, to: string): string | undefined => {
  const [folder, target] = [folderOf(from), folderOf(to)];
  if (to.startsWith("node:") || !to.includes("/") || !/\.(tsx?|mjs|css)$/.test(to))
    return undefined;
  if (folder !== target) {
    return folders[folder]?.includes(target) ? undefined : `${folder} must not import ${to}`;
  }
  if (folder !== "agent" || roomOf(from) === roomOf(to)) return undefined;
  const allowed = agentRooms[roomOf(from)] ?? [];
  return allowed.includes(roomOf(to)) ? undefined : `agent/${roomOf(from)} must not import ${to}`;
};

/** Every rule that one file of the product breaks, as sentences; a file outside it breaks none. */
export const violationsOf = (source: Source): readonly string[] => {
  const { path } = source;
  const folder = folderOf(path);
  if (folders[folder] === undefined) return [];
  const code = withoutComments(source.text);
  const found: string[] = [];
  for (const imported of importsOf({ path, text: code })) {
    const arrow = wrongArrow(path, imported);
    if (arrow !== undefined) found.push(arrow);
    const foreign = folder === "protocol" && folderOf(imported) !== "protocol";
    if (foreign && arrow === undefined && !pureModules.test(imported)) {
      found.push(`protocol must not import ${imported}`);
    }
    if (imported === "got" && !gotHolders.test(path)) found.push("only host/http imports got");
  }
  const impurity = folder === "protocol" ? impure.exec(code)?.[0] : undefined;
  if (impurity !== undefined) found.push(`protocol must not use ${impurity}`);
  const write = rawWriters.has(path) ? undefined : rawWrite.exec(code)?.[1];
  if (write !== undefined) found.push(`${write} goes past the FileSystem port`);
  return found.map((sentence) => `${path}: ${sentence}`);
};
