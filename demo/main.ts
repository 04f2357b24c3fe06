/**
 * `npm run demo`: a signed release on its way from publisher to endpoint to console, on real data,
 * with one attack and one rollback. `--once` ends when all is shown; else it stays up until Ctrl-C.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCountingServer } from "../bench/counting-server.ts";
import { asnFolder, asnVersions, signatureFolder } from "./databases.ts";
import { type Endpoint, makeEndpoint, type Outcome } from "./endpoint.ts";
import { makeWatcher, type Watcher } from "./fleet.ts";
import { must, say, step } from "./narration.ts";
import { makeVendor, type Vendor } from "./vendor.ts";

const databases = ["asn", "malware"] as const;

async function release(vendor: Vendor, database: string, source: string, label: string) {
  const digest = await vendor.propose(database, source, label);
  await vendor.approve(database, "alice", digest);
  await vendor.approve(database, "carol", digest);
}

function tell({ databases: list }: Outcome): void {
  for (const { name, result, from, to } of list) {
    say(`    ${name}: ${result}, ${from?.label ?? "nothing"} \u2192 ${to?.label ?? "nothing"}`);
  }
}

const flip = (bytes: Buffer) => {
  const flipped = Buffer.from(bytes);
  const middle = Math.floor(flipped.length / 2);
  flipped[middle] = (flipped[middle] ?? 0) ^ 1;
  return flipped;
};

async function showAttack(vendor: Vendor, endpoint: Endpoint, work: string): Promise<void> {
  step("6. Somebody flips one byte in the repository");
  await release(vendor, "malware", await signatureFolder(work, 1200), "third");
  await vendor.publish();
  const metadata = join(vendor.repository, "metadata");
  const names = (await readdir(metadata)).filter((name) => name.endsWith(".malware.json"));
  const newest = join(metadata, names.toSorted().at(-1) ?? "");
  const genuine = await readFile(newest);
  await writeFile(newest, flip(genuine));
  const before = await endpoint.current("malware");
  const { result, error, databases: list } = await endpoint.update(3);
  const reason = error?.message ?? list.find(({ name }) => name === "malware")?.result ?? "";
  must(result === "refused", `the agent refuses it with exit code 3: ${reason}`);
  must((await endpoint.current("malware")) === before, "the old generation stays current");
  await writeFile(newest, genuine);
  tell(await endpoint.update(0));
  must((await endpoint.current("malware")) !== before, "with the byte put right it installs");
}

async function showFleet(watcher: Watcher): Promise<void> {
  step("8. The fleet, as the console sees it");
  const { agents } = await watcher.fleet();
  const [agent] = agents;
  must(agents.length === 1 && agent !== undefined, "one agent is enrolled and has reported");
  say(`    ${agent.hostname ?? agent.id}  ${agent.platform ?? ""}  ${agent.state}`);
  for (const { name, release: installed } of agent.databases) {
    say(`      ${name}: ${installed?.label ?? "nothing installed"}`);
  }
  const asn = agent.databases.find(({ name }) => name === "asn");
  must(asn?.release?.label === asnVersions[0].label, "it shows the rollback");
  say(`\n  The page: ${watcher.url}`);
}

async function showAll(work: string, vendor: Vendor, endpoint: Endpoint, watcher: Watcher) {
  step("3. The agent enrols at the console with a one-time token");
  await endpoint.enroll(watcher.url, await watcher.newToken());

  step("4. agent update --now");
  tell(await endpoint.update(0));
  const [old, latest] = await Promise.all(asnVersions.map(({ file }) => readFile(file)));
  must(
    (await endpoint.read("asn", "asn-ipv4.csv")).equals(old ?? Buffer.alloc(0)),
    "the endpoint has exactly what was approved",
  );

  step("5. The next version");
  await release(vendor, "asn", await asnFolder(work, 1), asnVersions[1].label);
  await release(vendor, "malware", await signatureFolder(work, 1100), "second");
  await vendor.publish();
  tell(await endpoint.update(0));
  must(
    (await endpoint.read("asn", "asn-ipv4.csv")).equals(latest ?? Buffer.alloc(0)),
    "the endpoint has the new version",
  );

  await showAttack(vendor, endpoint, work);

  step("7. agent rollback asn");
  await endpoint.rollback("asn");
  must(
    (await endpoint.read("asn", "asn-ipv4.csv")).equals(old ?? Buffer.alloc(0)),
    "the endpoint has the old version again",
  );

  await showFleet(watcher);
}

async function demo(work: string, once: boolean): Promise<void> {
  step("1. A repository whose releases two of three persons must approve");
  const vendor = await makeVendor(join(work, "vendor"), databases);

  step("2. The first release: a real database, and a list of signatures");
  const digest = await vendor.propose("asn", await asnFolder(work, 0), asnVersions[0].label);
  await vendor.approve("asn", "alice", digest);
  await vendor.publishTooEarly();
  await vendor.approve("asn", "bob", digest);
  await release(vendor, "malware", await signatureFolder(work, 1000), "first");
  await vendor.publish();

  const mirror = await startCountingServer(vendor.repository);
  const watcher = await makeWatcher(work);
  try {
    say(`  repository: ${mirror.url}`);
    say(`  console:    ${watcher.url}`);
    const root = await readFile(vendor.rootFile);
    const endpoint = await makeEndpoint(join(work, "endpoint"), mirror.url, root, databases);
    await showAll(work, vendor, endpoint, watcher);
    if (!once) {
      say("\nEverything stays up until Ctrl-C.");
      await new Promise((done) => {
        process.once("SIGINT", done);
        process.once("SIGTERM", done);
      });
    }
  } finally {
    await watcher.stop();
    await mirror.close();
  }
}

const once = process.argv.includes("--once");
const work = await mkdtemp(join(tmpdir(), "vouchsafe-demo-"));
try {
  await demo(work, once);
  say("\nEvery step did what it should.");
} catch (error) {
  say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await rm(work, { recursive: true, force: true });
}
