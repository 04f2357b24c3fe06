/**
 * What a configuration needs of systemd that the shipped unit does not grant, as the text of a
 * drop-in: the unit confines the agent to its own folders and to its own user. Pure.
 */
import { consumerSockets, namedFiles, writtenFolders } from "../../config/named-files.ts";
import type { AgentConfig } from "../../config/types.ts";

/** A drop-in and why it is needed. */
export interface DropIn {
  /** One sentence for each key that needs it. */
  readonly warnings: readonly string[];
  /** Lines of the drop-in. */
  readonly dropIn: readonly string[];
}

interface Need {
  readonly warning: string;
  readonly lines: readonly string[];
}

interface NamedPath {
  readonly key: string;
  readonly path: string;
}

/** What installers/linux/systemd/vouchsafe-agent.service lets the agent write to. */
const writable = ["/var/lib/vouchsafe", "/run/vouchsafe", "/var/log/vouchsafe"];

/** What ProtectHome= hides, and what PrivateTmp= replaces. */
const homes = ["/home", "/root", "/run/user"];
const temporary = ["/tmp", "/var/tmp"];

/** Where systemd puts what LoadCredential= names for the service. */
const credentials = "/run/credentials/vouchsafe-agent.service/";

/** Whether a path is that of a credential, which is there only while the service runs. */
export const isCredential = (path: string): boolean => path.startsWith(credentials);

const isWithin = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));

/** A path as a word of a unit file (systemd.syntax(7)). */
function unitWord(path: string): string {
  const escaped = path.replaceAll("%", "%%").replaceAll(/["\\]/g, String.raw`\$&`);
  return /^[\w./%@:+-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

function needOfFolder({ key, path }: NamedPath): Need[] {
  if (isWithin(path, writable)) return [];
  const warning = `"${key}": the service may not write to ${path}.`;
  return [{ warning, lines: [`ReadWritePaths=${unitWord(path)}`] }];
}

function needOfPlace({ key, path }: NamedPath, homeAccess: "read-only" | "no"): Need[] {
  if (isWithin(path, homes)) {
    const warning = `"${key}": ${path} is hidden from the service, as all homes are.`;
    return [{ warning, lines: [`ProtectHome=${homeAccess}`] }];
  }
  if (!isWithin(path, temporary)) return [];
  const warning = `"${key}": the service has a ${path.startsWith("/tmp") ? "/tmp" : "/var/tmp"} of its own.`;
  return [{ warning, lines: ["PrivateTmp=no"] }];
}

function needOfCredential({ key, path }: NamedPath): Need[] {
  if (!isCredential(path)) return [];
  const name = path.slice(credentials.length);
  const warning = `"${key}": the service gets the credential ${name} from the file that LoadCredential= names.`;
  return [{ warning, lines: [`LoadCredential=${name}:/etc/vouchsafe/${name}`] }];
}

function needsOfUsers(config: AgentConfig): Need[] {
  return [...config.databases].flatMap(([name, { consumer }]) => {
    if (consumer.type !== "command" || consumer.user === undefined) return [];
    const key = `databases.${name}.consumer.user`;
    const warning = `"${key}": the service may not become ${consumer.user}; with what it needs for that it may become any user, root among them.`;
    const lines = [
      "CapabilityBoundingSet=CAP_SETUID CAP_SETGID",
      "AmbientCapabilities=CAP_SETUID CAP_SETGID",
      "SystemCallFilter=@setuid capset",
    ];
    return [{ warning, lines }];
  });
}

/** The drop-in for vouchsafe-agent.service; undefined if it needs none. */
export function dropInFor(config: AgentConfig): DropIn | undefined {
  const written = writtenFolders(config);
  // What the relay reads is of no concern to this unit.
  const { relay: _relay, ...own } = config;
  const read = [...namedFiles(own), ...consumerSockets(config)];
  const needs = [
    ...written.flatMap(needOfFolder),
    ...written.flatMap((folder) => needOfPlace(folder, "no")),
    ...read.flatMap((file) => needOfPlace(file, "read-only")),
    ...read.flatMap(needOfCredential),
    ...needsOfUsers(config),
  ];
  if (needs.length === 0) return undefined;
  const lines = [...new Set(needs.flatMap((need) => need.lines))];
  const granted = lines.includes("ProtectHome=no")
    ? lines.filter((line) => line !== "ProtectHome=read-only")
    : lines;
  return { warnings: needs.map(({ warning }) => warning), dropIn: ["[Service]", ...granted] };
}
