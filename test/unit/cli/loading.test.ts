import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const staticImport = /^(?:import|export)\s(?!type\b)[^;]*?from\s*"([^"]+)";/gm;

/** Everything that is loaded with a file, not counting what it imports only when it needs it. */
function loadedWith(entry: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const [, name = ""] of readFileSync(join(root, path), "utf8").matchAll(staticImport)) {
      if (!name.startsWith(".")) found.add(name);
      else if (name.endsWith(".ts")) visit(join(dirname(path), name));
    }
  };
  expect(existsSync(join(root, entry))).toBe(true);
  visit(entry);
  return found;
}

const matching = (entry: string, pattern: RegExp): string[] =>
  [...loadedWith(entry)].filter((name) => pattern.test(name));

describe("what is loaded", () => {
  test("at the start of every call: no verb and no library", () => {
    expect(matching("agent/main.ts", /^agent\/(?!main|cli\/(program|manual))|^[^/:.]+$/)).toEqual(
      [],
    );
  });

  test("by the resident service: no HTTP, no facts of the host, nothing of the update", () => {
    const heavy =
      /^(got|systeminformation|winston)$|^agent\/(update|transfer|trust|store|consumer)\//;
    expect(matching("agent/cli/run.ts", heavy)).toEqual([]);
    expect(matching("agent/cli/run.ts", /^node-cron$/)).toEqual(["node-cron"]);
  });

  test("by status: nothing of network, trust or consumers", () => {
    const heavy = /^(tweetnacl|got)$|^agent\/(transfer|trust|consumer|report|doctor|monitoring)\//;
    expect(matching("agent/cli/status.ts", heavy)).toEqual([]);
  });

  test.each(["doctor", "diagnostics", "status-check"])(
    "by %s: no library before it is used",
    (verb) => {
      const heavy = /^(got|systeminformation|winston|node-cron|node:sqlite)$/;
      expect(matching(`agent/cli/${verb}.ts`, heavy)).toEqual([]);
    },
  );

  test.each(["update", "status", "verify", "rollback", "history", "enroll"])(
    "by %s: got, node-cron and systeminformation only when they are needed",
    (verb) => {
      const heavy = /^(got|systeminformation|winston|node-cron|node:sqlite)$/;
      expect(matching(`agent/cli/${verb}.ts`, heavy)).toEqual([]);
    },
  );

  test("of the schema library only the part that a bundle can take apart", () => {
    expect(matching("agent/cli/update.ts", /^zod/)).toEqual(["zod/mini", "zod/v4/locales/en.js"]);
  });
});
