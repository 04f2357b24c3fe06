/** What a relay hands out, and what no neighbour gets out of it. */
import { chmodSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../host/clock.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { rawRequest } from "../../testkit/relay-fixture.ts";
import { useRelay } from "./use-relay.ts";

const content = "one".repeat(100_000);
const target = (text: string, path = "main.txt"): string => `targets/daily/${sha256(text)}.${path}`;

const machine = useRelay(content);

const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") =>
  fetch(`${machine.relay.url}${path}`, { headers, method });

const statusOf = async (path: string): Promise<number> => {
  const response = await get(path);
  await response.arrayBuffer();
  return response.status;
};

describe("it hands out", () => {
  test("metadata, the very bytes that were verified", async () => {
    const { files } = machine.engine.publisher;
    const paths = [
      "metadata/timestamp.json",
      ...[...files.keys()].filter((path) =>
        /^metadata\/[0-9]+\.(root|snapshot|targets|daily)\.json$/.test(path),
      ),
    ];
    expect(paths.length).toBeGreaterThanOrEqual(5);
    const newest = paths.filter((path) => !/\/[0-9]+\./.test(path) || isNewest(path, paths));
    for (const path of newest) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(Buffer.from(await response.arrayBuffer()).equals(files.get(path) ?? Buffer.of())).toBe(
        true,
      );
    }
  });

  test("whole files of the release that is installed", async () => {
    const response = await get(target(content));
    expect(response.status).toBe(200);
    expect(response.headers.get("etag")).toBe(`"${sha256(content)}"`);
    expect(await response.text()).toBe(content);
    await expect.poll(() => machine.relay.totals()).toEqual({ files: 1, bytes: content.length });
  });

  test("the rest of a file to who has its beginning, and nothing new to who has all", async () => {
    const etag = `"${sha256(content)}"`;
    const part = await get(target(content), { range: "bytes=299990-", "if-range": etag });
    expect([part.status, await part.text()]).toEqual([206, content.slice(299_990)]);
    const same = await get(target(content), { "if-none-match": etag });
    expect([same.status, await same.text()]).toEqual([304, ""]);
  });

  test("the releases before that are kept, and those that come while it runs", async () => {
    await machine.engine.publish({ "main.txt": "two" });
    await machine.engine.update();
    expect(await statusOf(target("two"))).toBe(200);
    expect(await statusOf(target(content))).toBe(200);
  });

  test("nothing of a release that is gone", async () => {
    for (const text of ["two", "three"]) {
      await machine.engine.publish({ "main.txt": text });
      await machine.engine.update();
    }
    expect(await statusOf(target(content))).toBe(404);
    expect(await statusOf(target("three"))).toBe(200);
  });

  test("no timestamp that has expired", async () => {
    const later = () => new Date(Date.now() + 400 * 86_400_000);
    await machine.restart({ clock: { ...systemClock, now: later } });
    expect(await statusOf("metadata/timestamp.json")).toBe(404);
    expect(await statusOf(target(content))).toBe(200);
  });
});

const isNewest = (path: string, all: readonly string[]): boolean => {
  const [, version = "", role = ""] = /\/([0-9]+)\.(.*)$/.exec(path) ?? [];
  return !all.some((other) => {
    const [, than = "", same = ""] = /\/([0-9]+)\.(.*)$/.exec(other) ?? [];
    return same === role && Number(than) > Number(version);
  });
};

describe("it never hands out", () => {
  const generations = () => join(machine.engine.state, "databases/daily/generations");

  test("a release before its consumer has confirmed it, nor one that it would not have", async () => {
    await machine.engine.publish({ "main.txt": "two" });
    const seen: number[] = [];
    const look = async () => void seen.push(await statusOf(target("two")));
    const refuse = async () => {
      await look();
      throw new VouchsafeError("consumer.confirm-failed", "It was not loaded.");
    };
    const consumer = { trial: look, reload: look, confirm: refuse };
    expect((await machine.engine.update({ consumer })).result).toBe("reverted");
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect([...new Set(seen)]).toEqual([404]);
    expect(await statusOf(target("two"))).toBe(404);
    expect(await statusOf(target(content))).toBe(200);
  });

  test("a file that was changed on this machine", async () => {
    const file = join(generations(), machine.engine.generations()[0] ?? "", "main.txt");
    chmodSync(file, 0o644);
    writeFileSync(file, "two".repeat(100_000));
    expect(await statusOf(target(content))).toBe(404);
    utimesSync(file, 1, 1);
    expect(await statusOf(target(content))).toBe(404);
  });

  test.each([
    "../keys/agent.json",
    "..%2f..%2fkeys",
    "targets/daily/../../../../etc/passwd",
    "targets/../trust/trust.json",
    "databases/daily/current/main.txt",
    "trust/trust.json",
    "lock.sqlite",
    "history.ndjson",
    "root.json",
    "metadata/",
    "",
  ])("GET /%s", async (path) => {
    const answer = await rawRequest(
      machine.relay.port,
      `GET /${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.split("\r\n")[0]).toBe("HTTP/1.1 404 Not Found");
    expect(answer.split("\r\n\r\n")[1]).toBe("");
  });
});

describe("a token", () => {
  beforeEach(() => machine.restart({ token: "s3cret" }));

  test("is asked of everybody, before anything is told", async () => {
    for (const path of [target(content), "metadata/timestamp.json", "nothing"]) {
      const response = await get(path, { authorization: "Bearer wrong" });
      expect([response.status, await response.text()]).toEqual([401, ""]);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await statusOf(path)).toBe(401);
    }
  });

  test("opens what is offered", async () => {
    const response = await get(target(content), { authorization: "Bearer s3cret" });
    expect([response.status, (await response.text()).length]).toEqual([200, content.length]);
  });
});

test("what cannot be read is told once in the log, and is no answer", async () => {
  const told: string[] = [];
  const log = {
    debug: () => undefined,
    info: (message: string) => void told.push(message),
    warn: (message: string) => void told.push(message),
    error: () => undefined,
    close: async () => undefined,
  };
  await machine.restart({ log });
  const root = join(machine.engine.state, "..", "root.json");
  const bytes = readFileSync(root);
  rmSync(root);
  expect(await statusOf(target(content))).toBe(503);
  expect(await statusOf(target(content))).toBe(503);
  writeFileSync(root, bytes);
  expect(await statusOf(target(content))).toBe(200);
  expect(told).toEqual(["What is installed cannot be read", "What is installed can be read again"]);
});
