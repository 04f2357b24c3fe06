import { spawn } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";

const here = import.meta.dirname;
const script = `
const { dropPrivileges } = await import(${JSON.stringify(join(here, "../../../agent/cli/privileges.ts"))});
const { nodeFileSystem } = await import(${JSON.stringify(join(here, "../../../host/file-system.ts"))});
await dropPrivileges(nodeFileSystem, process.argv[1], "nobody");
let back = "no";
try { process.setuid(0); back = "yes"; } catch {}
console.log(process.getuid(), process.getgid(), process.getgroups().includes(0), back);
`;

/** What a process of root is after it has left root behind, if it does. */
async function after(owner: number): Promise<string> {
  const state = mkdtempSync(join(tmpdir(), "vouchsafe-owner-"));
  chmodSync(state, 0o755);
  if (isRoot) chownSync(state, owner, owner);
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, "--", state], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  child.stdout.on("data", (chunk) => {
    told += String(chunk);
  });
  await new Promise((resolve) => child.once("close", resolve));
  rmSync(state, { recursive: true });
  return told.trim();
}

const isRoot = process.getuid?.() === 0;
const self = `${process.getuid?.()} ${process.getgid?.()}`;

test("root becomes the owner of the state, for good; anybody else stays", async () => {
  const id = 65_534; // nobody
  const told = await after(id);
  if (isRoot) expect(told).toBe(`${id} ${id} false no`);
  else expect(told.startsWith(self)).toBe(true);
});

test("root stays root when the state is its own", async () => {
  expect((await after(process.getuid?.() ?? 0)).startsWith(self)).toBe(true);
});
