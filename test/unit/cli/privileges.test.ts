import { describe, expect, test } from "vitest";
import { decideAccount } from "../../../agent/cli/privileges.ts";
import { findAccount } from "../../../host/accounts.ts";

const account = { name: "vouchsafe", uid: 990, gid: 991 };

describe("which user a command works as", () => {
  test("root leaves root behind when the state is the service user's", () => {
    expect(decideAccount({ uid: 0, account, state: { uid: 990 } })).toEqual(account);
  });
  test.each([
    ["it is not root", { uid: 1000, account, state: { uid: 990 } }],
    ["there are no numbers for users (Windows)", { uid: undefined, account, state: { uid: 0 } }],
    ["there is no such user", { uid: 0, account: undefined, state: { uid: 990 } }],
    ["the state is root's", { uid: 0, account, state: { uid: 0 } }],
    ["the state is somebody else's", { uid: 0, account, state: { uid: 1000 } }],
    ["there is no state yet", { uid: 0, account, state: undefined }],
    ["the service user is root", { uid: 0, account: { ...account, uid: 0 }, state: { uid: 0 } }],
  ])("and stays what it is when %s", (_why, facts) => {
    expect(decideAccount(facts)).toBeUndefined();
  });
});

describe("the service's user in passwd(5)", () => {
  const line = "vouchsafe:x:990:991::/var/lib/vouchsafe:/usr/sbin/nologin";
  test("is found by its whole name", () => {
    const text = `root:x:0:0:root:/root:/bin/bash\nvouchsafe2:x:1:1:::\n${line}\n`;
    expect(findAccount(text, "vouchsafe")).toEqual(account);
  });
  test.each([
    ["nothing", ""],
    ["another user", "root:x:0:0:root:/root:/bin/bash\n"],
    ["a number that is none", "vouchsafe:x:-1:991:::\n"],
    ["a number that is missing", "vouchsafe:x:990\n"],
    ["a comment", `# ${line}\n`],
  ])("is not found in %s", (_name, text) => {
    expect(findAccount(text, "vouchsafe")).toBeUndefined();
  });
});
