/** Tokens, certificates, proxies and broken connections between neighbours. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { nowhere, relayPair } from "../../testkit/relay-pair.ts";

const hour = 3_600_000;
const pair = relayPair();

const pem = (name: string): string => join(import.meta.dirname, "../host/fixtures", name);
const read = (name: string): Buffer => readFileSync(pem(name));

describe("credentials", () => {
  const tls = { cert: read("server.pem"), key: read("server.key") };
  const originOf = ({ url }: { readonly url: string }): string => new URL(url).origin;

  function secret(text: string): string {
    const file = join(pair.second.engine.state, "..", "token");
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  test("of a relay go to it and not to the origin", async () => {
    await pair.restart({ token: "s3cret", tls });
    const credentials = { [originOf(pair.relay)]: { tokenFile: secret("s3cret") } };
    const outcome = await pair.second.update({ ...pair.both(), credentials, ca: pem("ca.pem") });
    expect(outcome.result).toBe("updated");
    expect(pair.relay.totals().files).toBeGreaterThan(0);
    expect(pair.origin.headers.filter(({ authorization }) => authorization !== undefined)).toEqual(
      [],
    );
  });

  test("of the origin do not go to a relay", async () => {
    const spy = await pair.another();
    const credentials = { [originOf(pair.origin)]: { tokenFile: secret("for the origin") } };
    await pair.second.update({ origins: [pair.origin.url], relays: [spy.url], credentials });
    expect(pair.origin.headers[0]?.authorization).toBe("Bearer for the origin");
    expect(spy.headers.length).toBeGreaterThan(0);
    expect(spy.headers.filter((headers) => headers.authorization !== undefined)).toEqual([]);
  });

  test("that are wrong cost the relay, and hold nothing back", async () => {
    await pair.restart({ token: "s3cret" });
    const credentials = { [originOf(pair.relay)]: { tokenFile: secret("wrong") } };
    const outcome = await pair.second.update({ ...pair.both(), credentials });
    expect([outcome.result, pair.relay.totals().files]).toEqual(["updated", 0]);
    const alone = await pair.second.update({ ...pair.relayAlone(), credentials });
    expect(exitCodeOfOutcome(alone)).toBe(4);
  });

  test("by certificate: who has one gets in, who has none does not", async () => {
    await pair.restart({ tls: { ...tls, ca: read("ca.pem") } });
    const without = await pair.second.update({ ...pair.relayAlone(), ca: pem("ca.pem") });
    expect([exitCodeOfOutcome(without), pair.relay.totals().files]).toEqual([4, 0]);
    const certificate = { certFile: pem("client.pem"), keyFile: pem("client.key") };
    const credentials = { [originOf(pair.relay)]: { certificate } };
    const later = () => new Date(Date.now() + 2 * hour);
    const choice = { ...pair.relayAlone(), credentials, ca: pem("ca.pem") };
    expect((await pair.second.update(choice, later)).result).toBe("updated");
  });
});

test("a neighbour is reached without the proxy that leads to the origin", async () => {
  const env = { HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere };
  const outcome = await pair.second.update({ ...pair.both(), env });
  expect(outcome.result).toBe("updated");
  expect(pair.asked()).toEqual([]);
});

test("a download goes on at the neighbour where it was broken off", async () => {
  const big = "0123456789abcdef".repeat(200_000);
  await pair.first.publish({ "main.txt": big });
  await pair.first.update();
  const path = `targets/daily/${sha256(big)}.main.txt`;
  pair.origin.misbehave(path, { kind: "truncated", after: 1_500_000 }, 1);
  pair.origin.misbehave(path, { kind: "status", status: 403 });
  pair.origin.misbehave(/\.zst$/, { kind: "status", status: 404 });
  const cut = await pair.second.update({ origins: [pair.origin.url], relays: [] });
  expect(cut.result).toBe("failed");
  expect((await pair.second.update(pair.relayAlone())).result).toBe("updated");
  expect(pair.installed()).toBe(big);
  const { bytes } = pair.relay.totals();
  expect(bytes).toBeLessThan(big.length - 1_000_000);
});
