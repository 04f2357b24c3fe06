/** The executable that the public suite starts, over real sockets. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type Simulator, simulator } from "./simulator.ts";

const executable = join(import.meta.dirname, "client");

/** Serves a simulated repository below `/repo/`; `redirect` sends metadata elsewhere. */
async function serve(repo: Simulator, redirect?: string): Promise<string> {
  const server = createServer((request, response) => {
    const [, kind, path = ""] = /^\/repo\/(metadata|targets)\/(.*)$/.exec(request.url ?? "") ?? [];
    if (kind === "metadata" && redirect !== undefined) {
      response.writeHead(302, { location: `${redirect}${path}` }).end();
      return;
    }
    const bytes =
      kind === "metadata" ? repo.serve(path) : repo.serveTarget(decodeURIComponent(path));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}/repo/`;
}

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vouchsafe-conformance-"));
  await mkdir(join(folder, "metadata"));
  await mkdir(join(folder, "targets"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

interface Ended {
  readonly code: number | string;
  readonly stderr: string;
}
const run = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const all = ["--metadata-dir", join(folder, "metadata"), ...args];
    execFile(executable, all, (error, _stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stderr });
    });
  });

async function initialised(redirect?: string) {
  const repo = simulator();
  const base = await serve(repo, redirect);
  const root = join(folder, "initial_root.json");
  await writeFile(root, repo.versionsOf("root")[0] ?? "");
  expect(await run("init", root)).toEqual({ code: 0, stderr: "" });
  const over = (...args: readonly string[]) => run("--metadata-url", `${base}metadata/`, ...args);
  const download = (...names: readonly string[]) =>
    over(
      ...names.flatMap((name) => ["--target-name", name]),
      "--target-dir",
      join(folder, "targets"),
      "--target-base-url",
      `${base}targets/`,
      "download",
    );
  return { repo, over, download };
}

test("refreshes, and says why not when it does not", async () => {
  const { repo, over } = await initialised();
  expect(await over("refresh")).toEqual({ code: 0, stderr: "" });
  expect((await readdir(join(folder, "metadata"))).toSorted()).toEqual(
    ["marks", "root.json", "snapshot.json", "targets.json", "timestamp.json"].toSorted(),
  );
  repo.signersOf("timestamp").clear();
  repo.publish("timestamp");
  const { code, stderr } = await over("refresh");
  expect([code, stderr]).toEqual([1, expect.stringContaining("trust.signature")]);
});

test("downloads several targets in order, and none twice", async () => {
  const { repo, download } = await initialised();
  repo.addArtifact("targets", "one", "a.txt");
  repo.addArtifact("targets", "two", "b/c d.txt");
  repo.publish("targets", "snapshot", "timestamp");
  expect(await download("a.txt", "b/c d.txt")).toEqual({ code: 0, stderr: "" });
  const names = await readdir(join(folder, "targets"));
  const texts = await Promise.all(
    names.map((name) => readFile(join(folder, "targets", name), "utf8")),
  );
  expect(texts.toSorted()).toEqual(["one", "two"]);
  expect(await download("a.txt", "b/c d.txt")).toEqual({ code: 0, stderr: "" });
  expect(repo.downloads).toHaveLength(2);
});

test("stops at the first target that fails", async () => {
  const { repo, download } = await initialised();
  repo.addArtifact("targets", "one", "a.txt");
  repo.publish("targets", "snapshot", "timestamp");
  expect((await download("missing", "a.txt")).code).toBe(1);
  expect(repo.downloads).toEqual([]);
});

test("asks for a role with a name in other scripts, percent-encoded", async () => {
  const { repo, download } = await initialised();
  repo.addDelegation("targets", { name: "Rôle (ж) *" });
  repo.addArtifact("Rôle (ж) *", "found", "a.txt");
  repo.publish("Rôle (ж) *", "targets", "snapshot", "timestamp");
  expect(await download("a.txt")).toEqual({ code: 0, stderr: "" });
  expect(repo.requests).toContain("R%C3%B4le%20%28%D0%B6%29%20%2A 1");
});

test("does not follow a redirect off the repository", async () => {
  const elsewhere = await serve(simulator());
  const { over } = await initialised(`${elsewhere}metadata/`);
  const { code, stderr } = await over("refresh");
  expect([code, stderr]).toEqual([1, expect.stringContaining("transfer.redirect")]);
});

test.each([[["refresh"]], [["dance"]], [["init"]], [["--unknown", "refresh"]]])(
  "refuses the arguments %j",
  async (args) => {
    expect((await run(...args)).code).toBe(1);
  },
);
