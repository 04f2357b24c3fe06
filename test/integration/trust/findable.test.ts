/** A release is what a TUF look-up finds: delegations that would find something else are refused. */
import { describe, expect, test } from "vitest";
import { isArray, isObject, type JsonObject, type JsonValue, own } from "../../../protocol/json.ts";
import { parseEnvelope } from "../../../protocol/tuf/envelope.ts";
import { extraFields } from "../../../protocol/tuf/fields.ts";
import { encodeKey } from "../../../protocol/tuf/keys.ts";
import { limits } from "../../../protocol/tuf/limits.ts";
import { signEnvelope } from "../../../protocol/tuf/sign.ts";
import { namedSigner } from "../../testkit/memory-publisher.ts";
import { codeOf, trustFixture } from "../../testkit/trust-fixture.ts";

const at = trustFixture();
const mallory = namedSigner("mallory");
const hashes = { sha256: "ab".repeat(32) };

/** Serves the top-level targets as they would be with a change, properly signed and listed. */
async function changeTop(change: (signed: JsonObject) => JsonObject): Promise<void> {
  const bytes = at.publisher.files.get("metadata/1.targets.json") ?? Buffer.alloc(0);
  const { signed } = parseEnvelope(bytes, limits.targetsBytes);
  const next = change({ ...signed, version: 2 });
  at.publisher.replaceRole(
    "targets",
    await signEnvelope(next, at.publisher.roles.targets.signers),
    2,
  );
  await at.publisher.publish();
}

function objectOf(value: JsonValue | undefined): JsonObject {
  if (isObject(value)) return value;
  throw new Error("not an object");
}

function changeRoles(change: (roles: readonly JsonValue[]) => readonly JsonValue[]) {
  return changeTop((signed) => {
    const delegations = objectOf(own(signed, "delegations"));
    const roles = own(delegations, "roles");
    if (!isArray(roles)) throw new Error("no roles");
    return { ...signed, delegations: { ...delegations, roles: change(roles) } };
  });
}

const other = (paths: JsonObject): JsonObject => ({
  name: "other",
  keyids: [mallory.key.keyId],
  threshold: 1,
  terminating: false,
  ...paths,
});

const refused = async (why: string) => {
  await expect(at.check()).rejects.toThrow(codeOf("trust.release"));
  await expect(at.check()).rejects.toThrow(why);
};

describe("a release is refused when", () => {
  test.each([
    ["the same folder", { paths: ["daily/*"] }],
    ["any folder", { paths: ["*/*"] }],
    ["folders like it", { paths: ["d[a-z]ily/deep/*"] }],
    ["any hash", { path_hash_prefixes: ["00"] }],
  ])("another role is asked before it for %s", async (_what, paths) => {
    await changeRoles((roles) => [other(paths), ...roles]);
    await refused("is asked before daily");
  });

  test("its role is not terminating", async () => {
    await changeRoles((roles) => roles.map((role) => ({ ...objectOf(role), terminating: false })));
    await refused("is not terminating");
  });

  test("the top-level targets list a file of its folder themselves", async () => {
    await changeTop((signed) => ({
      ...signed,
      targets: { "daily/extra.txt": { length: 1, hashes } },
    }));
    await refused("list a file of the folder");
  });

  test("its delegation does not reach one of its files", async () => {
    await changeRoles((roles) =>
      roles.map((role) => ({ ...objectOf(role), paths: ["daily/*.db"] })),
    );
    await refused("does not find it there");
  });

  test("its own role delegates further", async () => {
    at.publisher.release(
      "daily",
      { "main.txt": "two" },
      {
        signed: (signed) => ({
          ...signed,
          delegations: {
            keys: { [mallory.key.keyId]: encodeKey(mallory.key) },
            roles: [other({ paths: ["daily/*"] })],
          },
        }),
      },
    );
    await at.publisher.publish();
    await refused("delegates to something that is not bins");
  });
});

describe("a release is taken when", () => {
  test("roles before it speak for other folders only", async () => {
    await changeRoles((roles) => [other({ paths: ["weekly/*", "daily", "dailyx/*"] }), ...roles]);
    expect((await at.check()).release.version).toBe(1);
  });

  test("roles after it may speak for anything: it is terminating", async () => {
    await changeRoles((roles) => [...roles, other({ paths: ["*/*"] })]);
    expect((await at.check()).release.version).toBe(1);
  });
});

test("of another maker, a release may be non-terminating, but its files must be found in it", async () => {
  at.publisher.release(
    "daily",
    { "main.txt": "two" },
    { signed: (signed) => extraFields(signed, ["release"]) },
  );
  const plain = async () => {
    const trust = await at.open({ plain: true });
    await trust.refresh();
    return trust.release("daily");
  };
  await changeRoles((roles) => roles.map((role) => ({ ...objectOf(role), terminating: false })));
  expect((await plain()).version).toBe(2);
  await changeRoles((roles) => [other({ paths: ["daily/*"] }), ...roles]);
  await expect(plain()).rejects.toThrow(codeOf("trust.release"));
});
