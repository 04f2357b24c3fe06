/** Downloads of targets (the public suite's group `file_download`). */
import { expect, test } from "vitest";
import { initialised } from "./runner.ts";
import type { Simulator } from "./simulator.ts";

const path = "target_file.txt";
const content = "target file contents";
const publishAll = (repo: Simulator) => repo.publish("targets", "snapshot", "timestamp");

/** Serves other bytes than those that the metadata lists. */
function substitute(repo: Simulator, name: string, text: string): void {
  const artifact = repo.artifacts.get(name);
  if (artifact === undefined) throw new Error(`no artifact ${name}`);
  artifact.bytes = Buffer.from(text);
}

test("test_client_downloads_expected_file", async () => {
  const { repo, client } = await initialised();
  repo.addArtifact("targets", content, path);
  publishAll(repo);
  expect(await client.refresh()).toBe(0);
  expect(await client.downloaded()).toEqual([]);
  expect(await client.download(path)).toBe(0);
  expect(await client.downloaded()).toEqual([content]);
});

test("test_client_downloads_expected_file_in_sub_dir", async () => {
  const { repo, client } = await initialised();
  repo.addArtifact("targets", content, `path/to/a/${path}`);
  publishAll(repo);
  expect(await client.download(`path/to/a/${path}`)).toBe(0);
  expect(await client.downloaded()).toEqual([content]);
});

test("test_repository_substitutes_target_file", async () => {
  const { repo, client } = await initialised();
  repo.addArtifact("targets", content, path);
  repo.addArtifact("targets", "content", "another_target_file.txt");
  publishAll(repo);
  expect(await client.download(path)).toBe(0);
  expect(await client.downloaded()).toEqual([content]);

  const malicious = "malicious data - should not download";
  substitute(repo, path, malicious);
  substitute(repo, "another_target_file.txt", malicious);
  await client.download(path); // may succeed by what is there already
  expect(await client.downloaded()).toEqual([content]);
  expect(await client.download("another_target_file.txt")).toBe(1);
  expect(await client.downloaded()).toEqual([content]);
});

test("test_multiple_changes_to_target", async () => {
  const { repo, client } = await initialised();
  repo.addArtifact("targets", content, path);
  publishAll(repo);
  expect(await client.download(path)).toBe(0);
  let expected = [content];
  let previous = content;
  expect(await client.downloaded()).toEqual(expected);
  for (let round = 0; round <= 10; round += 1) {
    const modified = `modified file contents ${round}`;
    const fresh = `new file contents ${round}`;
    repo.addArtifact("targets", modified, path);
    repo.addArtifact("targets", fresh, `new-target-${round}`);
    publishAll(repo);
    if (round % 5 !== 0) continue; // the client sees every fifth version only
    expect(await client.download(path)).toBe(0);
    expected = [...expected.filter((text) => text !== previous), modified];
    previous = modified;
    expect(await client.downloaded()).toEqual(expected);
    expect(await client.download(`new-target-${round}`)).toBe(0);
    expected = [...expected, fresh];
    expect(await client.downloaded()).toEqual(expected);
    substitute(repo, path, `malicious contents ${round}`);
    publishAll(repo);
    await client.download(path);
    expect(await client.downloaded()).toEqual(expected);
  }
});

test.each([
  ["hashes0", ["sha256"]],
  ["hashes1", ["sha512"]],
  ["hashes2", ["sha256", "sha512"]],
] as const)("test_download_with_hash_algorithms[%s]", async (_name, algorithms) => {
  const { repo, client } = await initialised();
  repo.addArtifact("targets", content, path, algorithms);
  publishAll(repo);
  expect(await client.download(path)).toBe(0);
  const possible = Object.values(repo.artifacts.get(path)?.hashes ?? {}).map(
    (digest) => `${digest}.${path}`,
  );
  expect(repo.downloads).toHaveLength(1);
  expect(possible).toContain(repo.downloads[0]);
  expect(await client.downloaded()).toEqual([content]);
});

test("test_download_with_unknown_hash_algorithm", async () => {
  const { repo, client } = await initialised();
  repo.addArtifact("targets", content, path, ["sha512"]);
  const { length, hashes } = repo.targets.targets[path] ?? { length: 0, hashes: {} };
  repo.targets.targets[path] = { length, hashes: { "unknown-hash": hashes["sha512"] ?? "" } };
  publishAll(repo);
  expect(await client.download(path)).toBe(1);
  expect(await client.downloaded()).toEqual([]);
});

test("test_artifact_cache", async () => {
  const { repo, client } = await initialised();
  repo.addArtifact("targets", content, path);
  publishAll(repo);
  expect(await client.download(path)).toBe(0);
  expect(await client.download(path)).toBe(0);
  expect(repo.downloads).toHaveLength(1);
});
