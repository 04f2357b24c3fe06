/** Which console the agent is enrolled with: `<state>/keys/console.json`. */
import { join } from "node:path";
import { readFileIfExists } from "../../host/bounded-read.ts";
import { writeFileDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { type AgentId, isAgentId } from "../../protocol/report/identity.ts";
import { readDocument, readForm, readTime } from "../../protocol/report/read.ts";

/** A finished enrolment. */
export interface ConsoleLink {
  /** `https://console.example.com`. */
  readonly origin: string;
  readonly agent: AgentId;
  readonly enrolledAt: string;
}

const maxBytes = 4_096;
const linkPath = (keysDir: string): string => join(keysDir, "console.json");

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The origin of a console's address.
 *
 * @throws VouchsafeError `usage.input` unless it is https (http on this machine only) and has no
 *   path, query or credentials
 */
export function consoleOrigin(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new VouchsafeError("usage.input", "The console's address must be an https URL.");
  }
  if (url.protocol === "http:" && !loopback.has(url.hostname)) {
    throw new VouchsafeError(
      "usage.input",
      "A console on another machine must be reached by https.",
    );
  }
  const bare = url.pathname === "/" && url.search === "" && url.hash === "";
  if (!bare || url.username !== "" || url.password !== "") {
    throw new VouchsafeError(
      "usage.input",
      "The console's address must be only scheme, host and port.",
    );
  }
  return url.origin;
}

const isOrigin = (text: string): text is string =>
  URL.canParse(text) && new URL(text).origin === text;

/**
 * The console the agent is enrolled with, or undefined.
 *
 * @throws VouchsafeError `disk.corrupt`, `format.newer`, `disk.*`
 */
export async function readConsoleLink(
  fs: FileSystem,
  keysDir: string,
): Promise<ConsoleLink | undefined> {
  const path = linkPath(keysDir);
  const bytes = await readFileIfExists(fs, path, maxBytes);
  if (bytes === undefined) return undefined;
  try {
    const object = readDocument(bytes, maxBytes, "enrolment");
    return {
      origin: readForm(object, "origin", isOrigin, "an origin"),
      agent: readForm(object, "agent", isAgentId, "an agent id"),
      enrolledAt: readTime(object, "enrolledAt"),
    };
  } catch (cause) {
    if (cause instanceof VouchsafeError && cause.code === "format.newer") throw cause;
    throw new VouchsafeError("disk.corrupt", `The enrolment ${path} is damaged.`, { cause });
  }
}

/** Stores a finished enrolment, in place of an earlier one. */
export async function writeConsoleLink(
  fs: FileSystem,
  keysDir: string,
  link: ConsoleLink,
): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify({ format: 1, ...link })}\n`);
  await writeFileDurable(fs, linkPath(keysDir), bytes, { mode: 0o600 });
}
