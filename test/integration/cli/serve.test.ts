/** `serve` as an operator starts it, and another machine that has nothing but it. */
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import { type AgentFixture, agentFixture } from "../../testkit/agent-fixture.ts";
import type { RunningAgent } from "../../testkit/exe-program.ts";

const patient = { timeout: 60_000, interval: 100 };
const content = "a line of the database\n".repeat(40_000);
const path = `targets/daily/${sha256(content)}.a.txt`;

let fixture: AgentFixture;
let port: number;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

beforeEach(async () => {
  fixture = await agentFixture();
  fixture.publisher.release("daily", { "a.txt": content }, { label: "big" });
  await fixture.publisher.publish();
  port = await freePort();
});
afterEach(() => fixture.remove());

const section = (more = ""): string => `relay: {listen: "127.0.0.1:${port}"${more}}`;

async function startRelay(more = ""): Promise<RunningAgent> {
  fixture.configure(section(more));
  expect((await fixture.agent("update", "--now")).code).toBe(0);
  const relay = fixture.start("serve");
  await expect.poll(() => relay.stderr(), patient).toContain("relay started");
  return relay;
}

/** Begins to read; `rest` reads all and gives its length. */
function ask(): Promise<{ readonly rest: () => Promise<number> }> {
  return new Promise((resolve, reject) => {
    const asking = get(`http://127.0.0.1:${port}/${path}`, { agent: false }, (response) => {
      const rest = async (): Promise<number> => {
        let length = 0;
        for await (const piece of response) length += Buffer.from(piece).length;
        return length;
      };
      resolve({ rest });
    });
    asking.once("error", reject);
  });
}

describe("serve", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "ends at %s with 0, once what is under way has arrived",
    async (signal) => {
      const relay = await startRelay(", maxRate: 256kB/s");
      const reading = await ask();
      relay.child.kill(signal);
      expect(await reading.rest()).toBe(content.length);
      const { code, stdout, stderr } = await relay.ended;
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `The relay listens at http://127.0.0.1:${port}/\n`,
      });
      // Its start and its end, and nothing of what was asked between.
      expect(stderr.trimEnd().split("\n")).toEqual([
        expect.stringMatching(/ info relay started url=/),
        expect.stringMatching(/ info relay stopped files=1 handedOut=/),
      ]);
    },
  );

  test("is not started without its section, and says which one", async () => {
    const { code, stderr } = await fixture.agent("serve");
    expect(code).toBe(2);
    expect(stderr).toContain('has no section "relay"');
  });

  test("says what is in its way when it cannot listen", async () => {
    const relay = await startRelay();
    const second = await fixture.agent("serve", "--json");
    expect(second.code).toBe(4);
    expect(JSON.parse(second.stdout)).toMatchObject({ error: { code: "relay.listen" } });
    relay.child.kill("SIGTERM");
    expect((await relay.ended).code).toBe(0);
  });

  test("needs a token that can be read", async () => {
    fixture.configure(section(", tokenFile: /nowhere/token"));
    expect((await fixture.agent("serve")).code).toBe(2);
  });
});

test("config check says that anybody may read", async () => {
  fixture.configure(`relay: {listen: "0.0.0.0:${port}", public: true}`);
  const { code, stderr } = await fixture.agent("config", "check");
  expect(code).toBe(0);
  expect(stderr).toContain(`"relay.public": whoever reaches 0.0.0.0 on port ${port} may read`);
});

describe("a machine that reaches nothing but a relay", () => {
  const asNeighbour = (): void => {
    const text = [
      "repository:",
      '  url: "http://127.0.0.1:1/"',
      `  relays: ["http://127.0.0.1:${port}/"]`,
      `  root: ${join(fixture.dir, "root.json")}`,
      "databases: {daily: {}}",
      `state: ${join(fixture.dir, "neighbour")}`,
      `socket: ${join(fixture.dir, "run", "neighbour.sock")}`,
      "schedule: {jitter: 0}",
      "log: {target: stderr}",
    ];
    writeFileSync(fixture.config, `${text.join("\n")}\n`);
  };

  test("is brought up to date, and says everywhere that no origin answers", async () => {
    await startRelay();
    asNeighbour();
    const update = await fixture.agent("update", "--now", "--json");
    expect(update.code).toBe(0);
    expect(JSON.parse(update.stdout)).toMatchObject({
      result: "updated",
      databases: [{ to: { label: "big" }, mirrors: [expect.stringContaining("No mirror but")] }],
    });

    const status = await fixture.agent("status", "--json");
    expect(JSON.parse(status.stdout)).toMatchObject({
      origin: { answeredAt: null, overdue: true },
    });
    expect((await fixture.agent("status")).stdout).toContain("origin: OVERDUE");
    const check = await fixture.agent("status", "--check");
    expect(check.code).toBe(1);
    expect(check.stdout).toContain("no mirror but relays answers (last: never)");

    const doctor: unknown = JSON.parse((await fixture.agent("doctor", "--json")).stdout);
    expect(doctor).toMatchObject({
      checks: expect.arrayContaining([
        {
          check: "relays",
          findings: [expect.objectContaining({ severity: "ok" })],
        },
        { check: "origin", findings: [expect.objectContaining({ severity: "warning" })] },
      ]),
    });
  });

  test("as a service says so in its log once, and not at the next check", async () => {
    await startRelay();
    asNeighbour();
    const service = fixture.start("run");
    await expect.poll(() => service.stderr(), patient).toContain("update ended");
    const again = await fixture.agent("update", "--now");
    expect(again).toMatchObject({ code: 0, stdout: "daily: current at big\n" });
    service.child.kill("SIGTERM");
    const { stderr } = await service.ended;
    expect(stderr.match(/No mirror but relays has answered/g)).toHaveLength(1);
  });
});
