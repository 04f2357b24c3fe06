import { describe, expect, test } from "vitest";
import { asSha256 } from "../../../protocol/bytes.ts";
import type { Change } from "../../testkit/memory-publisher.ts";
import { codeOf, trustFixture } from "../../testkit/trust-fixture.ts";
import { windowsNames } from "../../testkit/windows-names.ts";

const at = trustFixture();

describe("a release is refused, though its signatures are good, when", () => {
  const cases: readonly (readonly [string, string, Change])[] = [
    ["it was signed for another database", "trust.role", { info: { database: "weekly" } }],
    [
      "it was signed for another repository",
      "trust.role",
      { info: { repository: asSha256("ab".repeat(32)) } },
    ],
    [
      "its files are not those it was signed for",
      "trust.release",
      { info: { files: asSha256("cd".repeat(32)) } },
    ],
    [
      "it carries no release",
      "trust.release",
      { signed: (signed) => ({ ...signed, release: null }) },
    ],
    ["its label is not in form NFC", "trust.release", { info: { label: "e\u0301" } }],
  ];
  test.each(cases)("%s", async (_why, code, change) => {
    at.publisher.release("daily", { "main.txt": "two" }, change);
    await at.publisher.publish();
    await expect(at.check()).rejects.toThrow(codeOf(code));
  });

  test("it is empty", async () => {
    at.publisher.release("daily", {});
    await at.publisher.publish();
    await expect(at.check()).rejects.toThrow("is empty");
  });

  test.each(["../up", "NUL", ".hidden", "a b"])("it names the path %s", async (path) => {
    at.publisher.release("daily", { [path]: "x" });
    await at.publisher.publish();
    await expect(at.check()).rejects.toThrow(codeOf("trust.release"));
  });

  test("it names a path that Windows reads otherwise, each of them", async () => {
    for (const [why, path] of windowsNames) {
      at.publisher.release("daily", { [path]: "x" });
      await at.publisher.publish();
      await expect(at.check(), why).rejects.toThrow(codeOf("trust.release"));
    }
  });

  test.each([
    ["files", { "rules.txt": "1", "RULES.txt": "2" }],
    ["folders", { "rules/a": "1", "Rules/b": "2" }],
  ])("two of its %s differ only by case", async (_what, files) => {
    at.publisher.release("daily", files);
    await at.publisher.publish();
    await expect(at.check()).rejects.toThrow(codeOf("trust.release"));
  });

  test("a path lies outside of its folder", async () => {
    at.publisher.release(
      "daily",
      { "main.txt": "two" },
      {
        targets: (targets) => {
          const [target] = targets.values();
          if (target !== undefined)
            targets.set("weekly/main.txt", { ...target, path: "weekly/main.txt" });
        },
      },
    );
    await at.publisher.publish();
    await expect(at.check()).rejects.toThrow("outside of its folder");
  });
});

describe("a repository of another maker", () => {
  test("is taken only when the configuration says plain", async () => {
    at.publisher.release(
      "daily",
      { "main.txt": "two" },
      {
        signed: (signed) =>
          Object.fromEntries(Object.entries(signed).filter(([name]) => name !== "release")),
      },
    );
    await at.publisher.publish();
    await expect(at.check()).rejects.toThrow(codeOf("trust.release"));
    const trust = await at.open({ plain: true });
    await trust.refresh();
    expect(await trust.release("daily")).toMatchObject({ version: 2, label: "2" });
  });
});
