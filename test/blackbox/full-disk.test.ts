/**
 * A real full disk: the agent's state lies on a tmpfs of 12 MB. Needs root to mount it; without,
 * the tests are skipped with the reason printed.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe } from "vitest";
import { agentFixture, executable } from "../testkit/agent-fixture.ts";
import { diskBytes, fullDiskTests, type OnSmallDisk } from "../testkit/exe-full-disk.ts";
import { mountSmallDisk } from "../testkit/small-disk.ts";

function whyNot(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "vouchsafe-mount-"));
  try {
    const disk = mountSmallDisk(folder, diskBytes);
    if (typeof disk === "string") return disk;
    disk.unmount();
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function open(): Promise<OnSmallDisk> {
  const fixture = await agentFixture(executable);
  mkdirSync(fixture.state, { mode: 0o755 });
  const disk = mountSmallDisk(fixture.state, diskBytes);
  if (typeof disk === "string") throw new Error(disk);
  const close = async (): Promise<void> => {
    disk.unmount();
    await fixture.remove();
  };
  return { fixture, disk, close };
}

const reason = process.platform === "linux" ? whyNot() : "not Linux";
if (reason !== undefined) process.stderr.write(`full-disk tests skipped: ${reason}\n`);

describe.skipIf(reason !== undefined)("a full disk", () => fullDiskTests(open));
