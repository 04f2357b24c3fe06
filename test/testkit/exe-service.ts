/**
 * The resident service of a fixture, as each system has it: a process that is sent SIGTERM on Linux,
 * what the service manager starts and stops on Windows.
 */
import { access } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { AgentFixture } from "./agent-fixture.ts";
import type { AgentRun } from "./exe-program.ts";

const waitMs = 60_000;
const pauseMs = 50;

/** Stops the service; resolves with the exit code of that, or of the service where it is a process. */
export type StopService = () => Promise<number | null>;

async function until(condition: () => Promise<unknown>): Promise<void> {
  for (let waited = 0; ; waited += pauseMs) {
    try {
      await condition();
      return;
    } catch (error) {
      if (waited >= waitMs) throw error;
      await delay(pauseMs);
    }
  }
}

async function startProcess(fixture: AgentFixture): Promise<StopService> {
  const service = fixture.start("run");
  await until(() => access(fixture.socket));
  return async () => {
    service.child.kill("SIGTERM");
    return (await service.ended).code;
  };
}

function expectDone({ code, stdout, stderr }: AgentRun): void {
  if (code !== 0) throw new Error(`the service: exit code ${code}\n${stdout}${stderr}`);
}

async function startManaged(fixture: AgentFixture): Promise<StopService> {
  expectDone(await fixture.agent("service", "install"));
  expectDone(await fixture.agent("service", "start"));
  return async () => {
    const { code } = await fixture.agent("service", "stop");
    expectDone(await fixture.agent("service", "uninstall"));
    return code;
  };
}

/** Starts the service; it answers when this resolves. Rejects when it does not start. */
export const startService = (fixture: AgentFixture): Promise<StopService> =>
  fixture.program.system.name === "linux" ? startProcess(fixture) : startManaged(fixture);
