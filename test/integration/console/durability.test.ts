import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { currentFormat } from "../../../console/store/migrations.ts";
import { closeStore, openStore } from "../../../console/store/open-store.ts";
import { systemClock } from "../../../host/clock.ts";
import { agentOf } from "../../testkit/console-answers.ts";
import { type Ran, runConsole } from "../../testkit/console-cli.ts";
import {
  enrol,
  makeEndpoint,
  put,
  sampleReport,
  startTestConsole,
} from "../../testkit/console-fixture.ts";

const mainFile = fileURLToPath(new URL("../../../console/main.ts", import.meta.url));

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "vouchsafe-console-"));
});
afterEach(() => rm(dir, { recursive: true }));

interface Served {
  readonly origin: string;
  /** Sends the signal and waits for the end; gives the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

function serve(...more: readonly string[]): Promise<Served> {
  const child = spawn(
    process.execPath,
    [mainFile, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json", ...more],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (data: Buffer) => {
      text += data.toString();
      const url = /"url": "([^"]+)"/.exec(text)?.[1];
      if (url === undefined) return;
      const stop = (signal: NodeJS.Signals): Promise<number | null> => {
        child.kill(signal);
        return ended;
      };
      resolve({ origin: new URL(url).origin, stop });
    });
    void ended.then((code) => reject(new Error(`serve ended with ${code}: ${text}`)));
  });
}

/** Runs a verb in this process. */
const runVerb = (...words: readonly string[]) => runConsole([...words, "--data", dir, "--json"]);

/** Runs a verb as a process of its own. */
async function spawnVerb(...words: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [mainFile, ...words, "--data", dir, "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let out = "";
  child.stdout.on("data", (data: Buffer) => void (out += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out };
}

describe("what a console has acknowledged", () => {
  test("is there after a restart: agents, reports, events and spent tokens", async () => {
    await using watched = await startTestConsole();
    const token = await watched.token();
    const endpoint = makeEndpoint("kept");
    await enrol(watched.origin(), endpoint, { token });
    const event = {
      id: "a".repeat(32),
      at: "2026-11-24T09:00:00Z",
      kind: "reverted",
      message: "m",
    } as const;
    const report = sampleReport(endpoint, 1, { events: [event], lastResult: "reverted" });
    await put(watched.origin(), endpoint, report);
    const before = await agentOf(watched, endpoint);

    await watched.restart();

    expect(await agentOf(watched, endpoint)).toEqual(before);
    expect(before).toMatchObject({ state: "failing", events: [event] });
    expect((await put(watched.origin(), endpoint, report)).status).toBe(200);
    const other = await put(watched.origin(), endpoint, { ...report, lastResult: "current" });
    expect(other.status).toBe(409);
    expect((await enrol(watched.origin(), makeEndpoint("thief"), { token })).status).toBe(403);
  });

  test("survives kill -9 in the middle of many reports", { timeout: 90_000 }, async () => {
    const made = await runVerb("token", "new");
    const token = /"token": "([^"]+)"/.exec(made.out)?.[1] ?? "";
    const endpoint = makeEndpoint("crash");
    let served = await serve();
    expect((await enrol(served.origin, endpoint, { token })).status).toBe(201);
    let acknowledged = 0;
    let sent = 0;
    const enough = Promise.withResolvers<void>();
    const pump = async (): Promise<void> => {
      for (;;) {
        sent += 1;
        const seq = sent;
        const response = await put(served.origin, endpoint, sampleReport(endpoint, seq));
        if (response.status !== 200) throw new Error(`status ${response.status}`);
        await response.bytes();
        acknowledged = Math.max(acknowledged, seq);
        if (acknowledged >= 40) enough.resolve();
      }
    };
    const pumps = Promise.allSettled([pump(), pump(), pump(), pump()]);
    await Promise.race([enough.promise, pumps]);
    await served.stop("SIGKILL");
    await pumps;

    served = await serve();
    const kept = new DatabaseSync(join(dir, "console.sqlite"), { readOnly: true });
    const row = kept.prepare("SELECT max(seq) AS seq, count(*) AS n FROM reports").get();
    const check = kept.prepare("PRAGMA integrity_check").get();
    kept.close();
    expect(check).toEqual({ integrity_check: "ok" });
    expect(row?.["seq"]).toBeGreaterThanOrEqual(acknowledged);
    expect(acknowledged).toBeGreaterThanOrEqual(40);
    const next = sampleReport(endpoint, sent + 1, { lastResult: "updated" });
    expect((await put(served.origin, endpoint, next)).status).toBe(200);
    expect(await served.stop("SIGTERM")).toBe(0);
  });
});

describe("one database for several programs", () => {
  test("token verbs work while serve writes, and at once with each other", {
    timeout: 90_000,
  }, async () => {
    const served = await serve();
    const made = await Promise.all(
      [spawnVerb, spawnVerb, runVerb, runVerb].map((run) => run("token", "new")),
    );
    expect(made.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const tokens = made.map(({ out }) => /"token": "([^"]+)"/.exec(out)?.[1] ?? "");
    const statuses = await Promise.all(
      tokens.map(async (token, n) => {
        const response = await enrol(served.origin, makeEndpoint(`shared ${n}`), { token });
        return response.status;
      }),
    );
    expect(statuses).toEqual([201, 201, 201, 201]);
    expect(await served.stop("SIGINT")).toBe(0);
  });

  test("a transaction owns the right to write from its first look", async () => {
    const store = await openStore(dir, systemClock);
    const other = new DatabaseSync(join(dir, "console.sqlite"), { timeout: 0 });
    await store.transaction().execute(async (trx) => {
      await trx.selectFrom("tokens").selectAll().execute();
      expect(() => other.exec("DELETE FROM tokens")).toThrow(/locked/);
    });
    other.exec("DELETE FROM tokens");
    other.close();
    await closeStore(store);
  });

  test("a token is shown once and stored only as a hash; a revoked one is worthless", {
    timeout: 90_000,
  }, async () => {
    const { out } = await runVerb("token", "new");
    const token = /"token": "([^"]+)"/.exec(out)?.[1] ?? "";
    const id = /"id": "([^"]+)"/.exec(out)?.[1] ?? "";
    const listed = await runVerb("token", "list");
    expect(listed.out).toContain(id);
    expect(listed.out).not.toContain(token);
    const database = new DatabaseSync(join(dir, "console.sqlite"), { readOnly: true });
    expect(JSON.stringify(database.prepare("SELECT * FROM tokens").all())).not.toContain(token);
    database.close();
    expect((await runVerb("token", "revoke", id)).out).toContain('"state": "revoked"');
    const served = await serve();
    expect((await enrol(served.origin, makeEndpoint("revoked"), { token })).status).toBe(403);
    await served.stop("SIGTERM");
    expect((await runVerb("token", "revoke", "0123456789ab")).code).toBe(2);
  });
});

describe("a database that is not ours to open", () => {
  test("of a newer format is refused with exit code 2 and stays as it is", async () => {
    await closeStore(await openStore(dir, systemClock));
    const path = join(dir, "console.sqlite");
    const newer = new DatabaseSync(path);
    newer.exec(`INSERT INTO migrations VALUES (${currentFormat + 1}, 'later', 0)`);
    newer.exec("PRAGMA journal_mode = DELETE");
    newer.close();
    const before = await readFile(path);
    const refused = await runVerb("token", "list");
    expect(refused.code).toBe(2);
    expect(refused.out).toContain("format.newer");
    expect(await readFile(path)).toEqual(before);
  });

  test("that is no database at all is refused with exit code 5", async () => {
    await writeFile(
      join(dir, "console.sqlite"),
      "not a database, but long enough to be one".repeat(100),
    );
    const refused = await runVerb("token", "list");
    expect(refused.code).toBe(5);
    expect(refused.out).toContain("disk.corrupt");
  });

  test("a migration runs once, however many programs start at once", async () => {
    const stores = await Promise.all([1, 2, 3].map(() => openStore(dir, systemClock)));
    const [first] = stores;
    const rows = await first?.selectFrom("migrations").selectAll().execute();
    expect(rows?.map(({ id }) => id)).toEqual([1]);
    await Promise.all(stores.map(closeStore));
  });
});
