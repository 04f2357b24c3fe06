/** The search through delegations (the public suite's group `updater_delegation_graphs`). */
import { describe, expect, test } from "vitest";
import { initialised } from "./runner.ts";
import type { DelegatedEntry, Simulator } from "./simulator.ts";

/** Delegator, role, and what differs from a delegation of everything that does not terminate. */
type Edge = readonly [string, string, Partial<DelegatedEntry>?];

function delegate(repo: Simulator, edges: readonly Edge[]): void {
  for (const [delegator, name, entry = {}] of edges) {
    repo.addDelegation(delegator, { ...entry, name });
  }
}

const publishGraph = (repo: Simulator, edges: readonly Edge[]) =>
  repo.publish(
    ...new Set(edges.flatMap(([delegator, name]) => [delegator, name])),
    "snapshot",
    "timestamp",
  );

const python = { paths: ["*.py"] };
const terminating = { terminating: true };
const graphs: readonly (readonly [string, readonly Edge[], string])[] = [
  ["basic-delegation", [["targets", "A"]], "A"],
  [
    "single-level-delegations",
    [
      ["targets", "A"],
      ["targets", "B"],
    ],
    "A B",
  ],
  [
    "two-level-delegations",
    [
      ["targets", "A"],
      ["targets", "B"],
      ["B", "C"],
    ],
    "A B C",
  ],
  [
    "two-level-test-DFS-order-of-traversal",
    [
      ["targets", "A"],
      ["targets", "B"],
      ["A", "C"],
      ["A", "D"],
    ],
    "A C D B",
  ],
  [
    "three-level-delegation-test-DFS-order-of-traversal",
    [
      ["targets", "A"],
      ["targets", "B"],
      ["A", "C"],
      ["C", "D"],
    ],
    "A C D B",
  ],
  [
    "two-level-terminating-ignores-all-but-roles-descendants",
    [
      ["targets", "A"],
      ["targets", "B"],
      ["A", "C", terminating],
      ["A", "D"],
    ],
    "A C",
  ],
  [
    "three-level-terminating-ignores-all-but-roles-descendants",
    [
      ["targets", "A"],
      ["targets", "B"],
      ["A", "C", terminating],
      ["C", "D"],
    ],
    "A C D",
  ],
  [
    "two-level-ignores-all-branches-not-matching-paths",
    [
      ["targets", "A", python],
      ["targets", "B"],
      ["A", "C"],
    ],
    "B",
  ],
  [
    "three-level-ignores-all-branches-not-matching-paths",
    [
      ["targets", "A"],
      ["targets", "B"],
      ["A", "C", python],
      ["C", "D"],
    ],
    "A B",
  ],
  [
    "cyclic-graph",
    [
      ["targets", "A"],
      ["targets", "B"],
      ["B", "C"],
      ["C", "D"],
      ["D", "B"],
    ],
    "A B C D",
  ],
  [
    "two-roles-delegating-to-a-third",
    [
      ["targets", "A"],
      ["targets", "B"],
      ["B", "C"],
      ["A", "C"],
    ],
    "A C B",
  ],
  [
    "two-roles-delegating-to-a-third-different-paths",
    [
      ["targets", "A"],
      ["targets", "B"],
      ["B", "C"],
      ["A", "C", python],
    ],
    "A B C",
  ],
];

test.each(graphs)("test_graph_traversal[%s]", async (_name, edges, order) => {
  const { repo, client } = await initialised();
  delegate(repo, edges);
  publishGraph(repo, edges);
  expect(await client.download("missingpath")).toBe(1);
  expect(repo.requests.slice(4)).toEqual(order.split(" ").map((role) => `${role} 1`));
});

/** A tree in which each role speaks for some paths only. */
const tree: readonly Edge[] = [
  ["targets", "A", { paths: ["*.doc", "*.md", "foo-?.tgz"] }],
  ["targets", "B", { paths: ["releases/*/*"] }],
  ["B", "C", { paths: ["releases/x/*"] }],
  ["B", "D", { paths: ["releases/y/*.zip"] }],
];
const artifacts = [
  ["targets", "targetfile"],
  ["A", "README.md"],
  ["A", "releases/README.md"],
  ["A", "foo-1.tgz"],
  ["A", "foo-alpha.tgz"],
  ["C", "releases/x/x_v1"],
  ["D", "releases/y/y_v1.zip"],
  ["D", "releases/z/z_v1.zip"],
] as const;

test.each([
  ["no delegations", "targetfile", true, []],
  ["targetpath matches wildcard", "README.md", true, ["A"]],
  ["targetpath with separators x", "releases/x/x_v1", true, ["B", "C"]],
  ["targetpath with separators y", "releases/y/y_v1.zip", true, ["B", "D"]],
  ["targetpath is not delegated by all roles in the chain", "releases/z/z_v1.zip", false, ["B"]],
  ["wildcard does not match path separator", "releases/README.md", false, []],
  ["targetpath matches question mark wildcard", "foo-1.tgz", true, ["A"]],
  ["targetpath does not match question mark wildcard", "foo-alpha.tgz", false, []],
  ["targetpath matching is case sensitive", "README.MD", false, []],
] as const)("test_targetfile_search[%s]", async (_name, path, found, visited) => {
  const { repo, client } = await initialised();
  delegate(repo, tree);
  for (const [role, target] of artifacts) repo.addArtifact(role, `${target} by ${role}`, target);
  publishGraph(repo, tree);
  expect(await client.download(path)).toBe(found ? 0 : 1);
  const contents = repo.artifacts.get(path)?.bytes.toString();
  expect(await client.downloaded()).toEqual(found ? [contents] : []);
  expect(repo.requests.slice(4)).toEqual(visited.map((role) => `${role} 1`));
});

describe("a delegation", () => {
  test("test_cached_role_is_verified_against_current_delegator", async () => {
    const { repo, client } = await initialised();
    delegate(repo, [
      ["targets", "parent-a", { paths: ["team-a/*"] }],
      ["targets", "parent-b", { paths: ["team-b/*"] }],
      ["parent-a", "release", { paths: ["team-a/*"] }],
      ["parent-b", "release", { paths: ["team-b/*"] }],
    ]);
    // Each parent gave `release` a key of its own; only parent-a's signs.
    const [keyId = ""] = repo.targetsOf("parent-b").delegations?.roles[0]?.keyids ?? [];
    repo.signersOf("release").delete(keyId);
    repo.addArtifact("release", "trusted A", "team-a/trusted_root.json");
    repo.addArtifact("release", "malicious B", "team-b/trusted_root.json");
    repo.publish("release", "parent-a", "parent-b", "targets", "snapshot", "timestamp");
    const paths = ["team-a/trusted_root.json", "team-b/trusted_root.json"];
    expect(await client.download(...paths)).toBe(1);
    expect(await client.downloaded()).toEqual(["trusted A"]);
  });

  test("test_delegation_not_in_snapshot", async () => {
    const { repo, client } = await initialised();
    delegate(repo, [["targets", "delegated", { paths: ["delegatedpath/*"] }]]);
    repo.publish("delegated", "targets");
    delete repo.snapshot.meta["delegated.json"];
    repo.publish("snapshot", "timestamp");
    expect(await client.refresh()).toBe(0);
    repo.requests.length = 0;
    expect(await client.download("delegatedpath/foo")).toBe(1);
    expect(await client.version("delegated")).toBeUndefined();
    expect(repo.requests).toEqual(["root 2", "timestamp"]);
  });
});
