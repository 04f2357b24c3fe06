/** The agent of a guest, configured for the guest's vendor and its clamd. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { scan } from "../../../agent/consumer/clamav/clamd.ts";
import type { Guest } from "../../testkit/nspawn.ts";
import type { Vendor } from "./vendor.ts";

/**
 * Puts the vendor's bootstrap root and an agent.yaml for `daily` in place.
 *
 * @param consumer what uses `daily`
 */
export function configureAgent(
  guest: Guest,
  vendor: Vendor,
  consumer: "clamav" | "none",
  more = "",
): void {
  guest.write("/etc/vouchsafe/root.json", vendor.root);
  const text = [
    "repository:",
    `  url: ${vendor.url}`,
    "databases:",
    "  daily:",
    `    consumer: { type: ${consumer} }`,
    // The service checks at its start, and from then on only when it is asked.
    "schedule: { every: 24h, jitter: 0s }",
    more,
  ].join("\n");
  guest.write("/etc/vouchsafe/agent.yaml", `${text}\n`);
}

const outcomeSchema = z.object({
  result: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** Runs `agent update --now` in the guest, as root would, and says what came of it. */
export async function update(guest: Guest) {
  const { code, stdout, stderr } = await guest.run("agent update --now --json");
  if (stdout === "") throw new Error(`agent update printed nothing: ${stderr}`);
  const { result, error } = outcomeSchema.parse(JSON.parse(stdout));
  return { code, result, error: error?.code };
}

/** The version of the release that `current` points to. */
export async function installed(guest: Guest): Promise<number> {
  const link = await guest.ok("readlink /var/lib/vouchsafe/databases/daily/current");
  return Number(link.replace(/^generations\/(\d+)-.*$/, "$1"));
}

/** A text that nothing but {@link signatures} finds. */
const infected = "a text that only the vendor's signature finds\n";

/** Signatures of a release; with `finds` they find {@link infected}. */
export function signatures(finds: boolean): Readonly<Record<string, string>> {
  const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
  const line = (text: string, name: string): string => `${md5(text)}:${text.length}:${name}\n`;
  const other = line("another text\n", "Test.Other");
  return { "daily.hdb": finds ? other + line(infected, "Test.Infected") : other };
}

/** What the guest's clamd says of {@link infected}: the name of what it finds, or `clean`. */
export async function scanned(guest: Guest): Promise<string> {
  const path = guest.live("/run/clamav/clamd.ctl");
  const answer = await scan({ path }, { who: "clamd", timeoutMs: 20_000 }, Buffer.from(infected));
  return answer.kind === "found" ? answer.name : answer.kind;
}
