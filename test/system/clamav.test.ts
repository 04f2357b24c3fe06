/**
 * The packaged agent with a real clamd and clamscan: what is in `current` is what clamd finds, and
 * no release, however broken, leaves clamd without an answer. The tests build on each other.
 */
import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type CanaryKind, canaryFile, canarySignature } from "../../protocol/release/canary.ts";
import { type AgentFixture, agentFixture, executable } from "../testkit/agent-fixture.ts";
import { type Clamd, startClamd, watchScans } from "./clamd.ts";
import { canRun, nobody } from "./machine.ts";

/** The EICAR test file, put together here so that no scanner takes this source for it. */
const eicar = [
  String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}`,
  "$EICAR-STANDARD-",
  "ANTIVIRUS-TEST-FILE!",
  "$H+H*",
].join("");
const hashSignature = (text: string, name: string): string =>
  `${createHash("md5").update(text).digest("hex")}:${text.length}:${name}\n`;
const patterns = (count: number): string =>
  Array.from({ length: count }, (_item, index) => {
    const hex = createHash("sha256").update(`${index}`).digest("hex");
    return `Test.Pattern-${index}:0:*:${hex}\n`;
  }).join("");

/** Hashes of many files of one length: a table that doubles as it grows. */
const hashes = (count: number): string =>
  Array.from({ length: count }, (_item, index) => {
    const md5 = createHash("md5").update(`${index}`).digest("hex");
    return `${md5}:1000:Test\n`;
  }).join("");

const few = patterns(200);
const withEicar = { "daily.ndb": few, "eicar.hdb": hashSignature(eicar, "Test.Eicar") };

const outcomeSchema = z.object({
  result: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/**
 * Address space in which clamd loads half a million hashes beside what it has, and cannot double
 * their table then, for 17 MB more. About 9 MB stay free when it gives up: far more than a scan takes,
 * so that it is loading that meets the shortage, and never a scan.
 */
const clamdSpare = 51_000_000;
const manyHashes = 600_000;

describe.runIf(canRun("/usr/sbin/clamd", "/usr/bin/clamscan"))(
  "clamav",
  { timeout: 300_000 },
  () => {
    let fixture: AgentFixture;
    let clamd: Clamd | undefined;
    let run: string;
    let current: string;
    let version = 1; // the fixture has published the first

    /** Publishes the next release; `canaryOf` is the version that its canary stands for. */
    async function publish(
      files: Readonly<Record<string, string>>,
      kind: CanaryKind = "hdb",
      canaryOf = version + 1,
    ): Promise<void> {
      version += 1;
      const of = { repository: fixture.publisher.repository, database: "daily", version: canaryOf };
      const canary = { [canaryFile(kind)]: canarySignature(kind, of) };
      fixture.publisher.release("daily", { ...files, ...canary });
      await fixture.publisher.publish();
    }

    async function update() {
      const { code, stdout, stderr } = await fixture.agent("update", "--now", "--json");
      const { result, error } = outcomeSchema.parse(JSON.parse(stdout));
      return { code, result, error: error?.code, message: error?.message ?? stderr };
    }

    const installed = (): string => readlinkSync(current).replace(/^generations\/(\d+)-.*$/, "$1");
    const running = (): Clamd => {
      if (clamd === undefined) throw new Error("clamd does not run");
      return clamd;
    };
    const scanned = async (text: string) => {
      const answer = await running().scan(text);
      return answer.kind === "found" ? answer.name : answer.kind;
    };

    function configure(more: readonly string[] = []): void {
      const consumer = [
        "  daily:",
        "    consumer:",
        "      type: clamav",
        `      clamd: ${join(run, "clamd.ctl")}`,
        "      wait: 15s",
        ...more,
      ];
      fixture.configure("", consumer.join("\n"));
    }

    beforeAll(async () => {
      fixture = await agentFixture(executable);
      chmodSync(fixture.dir, 0o755);
      run = join(fixture.dir, "clamd");
      mkdirSync(run);
      chownSync(run, nobody.uid, nobody.gid);
      current = join(fixture.state, "databases/daily/current");
      configure();
    });
    afterAll(async () => {
      await clamd?.stop();
      await fixture?.remove();
    });

    test("the first release is installed before there is a clamd, which can start with it", async () => {
      await publish({ "daily.ndb": few });
      expect(await update()).toMatchObject({ result: "failed", error: "consumer.unreachable" });
      expect(installed()).toBe("2");
      clamd = await startClamd(run, current, clamdSpare);
      expect(await scanned(eicar)).toBe("clean");
      expect(await update()).toMatchObject({ code: 0, result: "current" });
    });

    test("the doctor sees that clamd has loaded what is installed", async () => {
      const { code, stdout } = await fixture.agent("doctor");
      expect(stdout).toMatch(
        /^ok {7}consumers: The clamd of daily answers and has loaded release/m,
      );
      expect(stdout).not.toMatch(/^failure/m);
      expect(code).toBe(0);
    });

    test("EICAR is found as soon as the update that brings its signature has ended", async () => {
      const watch = watchScans(running());
      await publish(withEicar);
      expect(await scanned(eicar)).toBe("clean");
      expect(await update()).toMatchObject({ code: 0, result: "updated" });
      expect(await scanned(eicar)).toBe("Test.Eicar.UNOFFICIAL");
      const { answered, gaps } = await watch();
      expect(gaps).toEqual([]);
      expect(answered).toBeGreaterThan(1); // how many depends on the machine
    });

    test("a canary that is a pattern proves as well as one that is a hash", async () => {
      await publish(withEicar, "ndb");
      expect(await update()).toMatchObject({ code: 0, result: "updated" });
      expect(installed()).toBe("4");
    });

    test.each([
      ["a malformed pattern", { "daily.ndb": `${few}Test.Broken:0:*:zz\n` }, /Malformed/i],
      ["an empty file", { "daily.ndb": "", "eicar.hdb": "" }, /./],
      [
        "a YARA file that does not compile, with which clamscan ends well",
        { "daily.ndb": few, "x.yar": "rule broken { condition: nothing_known }\n" },
        /failed to parse or load/,
      ],
    ])("%s is refused in trial, and clamd never hears of it", async (_, files, told) => {
      const before = installed();
      const watch = watchScans(running());
      const log = running().output().length;
      await publish({ ...withEicar, ...files });
      const outcome = await update();
      expect(outcome).toMatchObject({ code: 6, result: "refused", error: "consumer.trial-failed" });
      expect(outcome.message).toMatch(told);
      expect(running().output().slice(log)).not.toContain("Reading databases");
      expect(installed()).toBe(before);
      expect(await scanned(eicar)).toBe("Test.Eicar.UNOFFICIAL");
      expect((await watch()).gaps).toEqual([]);
      expect(await update()).toMatchObject({ code: 8, error: "policy.quarantined" });
    });

    test("one that clamscan loads and clamd, in less memory, does not, is taken back", async () => {
      const before = installed();
      await publish({ ...withEicar, "many.hdb": hashes(manyHashes) });
      // Only now: to make that much keeps this very process from seeing answers.
      const watch = watchScans(running());
      const outcome = await update();
      expect(outcome).toMatchObject({ result: "reverted", error: "consumer.confirm-failed" });
      expect(running().output()).toContain("Database reload failed, keeping the previous instance");
      expect(installed()).toBe(before);
      expect(await scanned(eicar)).toBe("Test.Eicar.UNOFFICIAL");
      const { answered, gaps, slowestMs } = await watch();
      expect(gaps).toEqual([]);
      expect(answered).toBeGreaterThan(10); // in 15 s, however slow the machine is
      process.stdout.write(
        `${answered} scans while it failed to load; slowest ${slowestMs | 0} ms\n`,
      );
      expect(await update()).toMatchObject({ code: 8, error: "policy.quarantined" });
    });

    test("one that clamd loads, but whose canary is another release's, is taken back", async () => {
      const before = installed();
      const watch = watchScans(running());
      await publish(withEicar, "hdb", version);
      expect(await update()).toMatchObject({
        result: "reverted",
        error: "consumer.confirm-failed",
      });
      expect(installed()).toBe(before);
      expect((await watch()).gaps).toEqual([]);
    });

    test("samples: a release that misses the known-bad one is refused", async () => {
      writeFileSync(join(fixture.dir, "eicar.com"), eicar);
      writeFileSync(join(fixture.dir, "clean.txt"), "nothing of interest\n");
      const samples = `{ infected: [${fixture.dir}/eicar.com], clean: [${fixture.dir}/clean.txt] }`;
      configure([`      samples: ${samples}`]);
      await publish({ "daily.ndb": few });
      const outcome = await update();
      expect(outcome).toMatchObject({ code: 6, error: "consumer.trial-failed" });
      expect(outcome.message).toContain("does not find the known-bad sample");
      await publish(withEicar);
      expect(await update()).toMatchObject({ code: 0, result: "updated" });
    });

    test("guards: a list cut short is refused before clamscan sees it", async () => {
      configure(["    guards: { records: [{ files: '*.ndb', maxFall: 10 }] }"]);
      await publish({ ...withEicar, "daily.ndb": patterns(100) });
      const outcome = await update();
      expect(outcome).toMatchObject({ code: 6, error: "consumer.trial-failed" });
      expect(outcome.message).toContain("the lines of *.ndb fall from 200 to 100");
    });

    test("while clamd is away an update is put off and nothing condemned", async () => {
      const before = installed();
      await running().stop();
      await publish(withEicar);
      expect(await update()).toMatchObject({ code: 4, error: "consumer.unreachable" });
      expect(installed()).toBe(before);
      clamd = await startClamd(run, current, clamdSpare);
      expect(await update()).toMatchObject({ code: 0, result: "updated" });
      expect(installed()).toBe(String(version));
      expect(existsSync(join(current, canaryFile("hdb")))).toBe(true);
    });
  },
);
