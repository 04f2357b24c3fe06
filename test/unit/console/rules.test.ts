import { describe, expect, test } from "vitest";
import { isLiveChallenge, makeChallenge } from "../../../console/api/challenge.ts";
import { problemDocument, problemOf } from "../../../console/api/problems.ts";
import { makeRateLimit } from "../../../console/api/rate-limit.ts";
import { siteOf } from "../../../console/api/site.ts";
import { checkExposure, parseListen, parsePublicUrl } from "../../../console/cli/listen-address.ts";
import { parseLifetime } from "../../../console/cli/token-new.ts";
import { supersedes } from "../../../console/store/reports.ts";
import { tokenState } from "../../../console/store/tokens.ts";
import { ageText } from "../../../console/web/age.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";

describe("where the console may listen", () => {
  test.each([
    ["127.0.0.1:8740", { host: "127.0.0.1", port: 8740, loopback: true }],
    ["127.8.9.1:1", { host: "127.8.9.1", port: 1, loopback: true }],
    ["localhost:0", { host: "localhost", port: 0, loopback: true }],
    ["[::1]:8740", { host: "::1", port: 8740, loopback: true }],
    ["0.0.0.0:443", { host: "0.0.0.0", port: 443, loopback: false }],
    ["[::]:443", { host: "::", port: 443, loopback: false }],
    ["localhost.example.com:443", { host: "localhost.example.com", port: 443, loopback: false }],
  ])("%s", (text, expected) => expect(parseListen(text)).toEqual(expected));

  test.each(["8740", "127.0.0.1", "host:", "host:70000", "::1:80", "a b:80", "http://x:1"])(
    "%s is refused",
    (text) => expect(() => parseListen(text)).toThrow(/HOST:PORT/),
  );

  const open = parseListen("0.0.0.0:443");
  const local = parseListen("127.0.0.1:8740");
  const publicUrl = "https://console.example.com";

  test("loopback needs nothing more", () => {
    expect(() => checkExposure(local, { tls: false, behindProxy: false })).not.toThrow();
  });

  test("another address needs TLS or a proxy, and the public URL", () => {
    const refused = (exposure: Parameters<typeof checkExposure>[1]) =>
      expect(() => checkExposure(open, exposure)).toThrow(
        expect.objectContaining({ code: "usage.arguments" }),
      );
    refused({ tls: false, behindProxy: false });
    refused({ tls: false, behindProxy: false, publicUrl });
    refused({ tls: true, behindProxy: false });
    expect(() => checkExposure(open, { tls: true, behindProxy: false, publicUrl })).not.toThrow();
    expect(() => checkExposure(open, { tls: false, behindProxy: true, publicUrl })).not.toThrow();
  });

  test("a proxy needs the public URL, on loopback too, and excludes TLS", () => {
    expect(() => checkExposure(local, { tls: false, behindProxy: true })).toThrow(/--public-url/);
    expect(() => checkExposure(local, { tls: true, behindProxy: true, publicUrl })).toThrow();
  });

  test.each(["console.example.com", "ftp://x", "https://x/path", "https://u:p@x", "https://x?y"])(
    "%s is no public URL",
    (text) => expect(() => parsePublicUrl(text)).toThrow(/--public-url/),
  );
});

describe("the site", () => {
  test("on loopback is reached by any name of loopback, and agents sign the one they use", () => {
    const site = siteOf({ tls: false, port: 8740, behindProxy: false });
    expect(site.origins).toContain("http://localhost:8740");
    expect(site.hosts).toContain("[::1]:8740");
    expect(site.authority).toBeUndefined();
  });

  test("with a public URL has one origin and one authority, without the scheme's own port", () => {
    const publicUrl = "https://console.example.com:443";
    const site = siteOf({ tls: true, port: 8443, behindProxy: false, publicUrl });
    expect([...site.origins]).toEqual(["https://console.example.com"]);
    expect(site.authority).toBe("console.example.com");
    expect(site.hosts).not.toContain("other.example.com");
  });

  test("behind a proxy takes any Host, for the proxy may change it", () => {
    const publicUrl = "https://console.example.com";
    expect(siteOf({ tls: false, port: 1, behindProxy: true, publicUrl }).hosts).toBeUndefined();
  });
});

describe("a challenge", () => {
  const key = Buffer.alloc(32, 1);
  const now = new Date("2026-11-24T09:00:00Z");
  const nonce = makeChallenge(key, Buffer.alloc(16, 2), now);
  const after = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);

  test("is live for five minutes", () => {
    expect(isLiveChallenge(key, nonce, after(299))).toBe(true);
    expect(isLiveChallenge(key, nonce, after(300))).toBe(false);
  });

  test("of another console, changed, or made up is not", () => {
    expect(isLiveChallenge(Buffer.alloc(32, 3), nonce, now)).toBe(false);
    const later = Buffer.from(nonce, "base64url");
    later[0] = 0x7f;
    expect(isLiveChallenge(key, later.toString("base64url"), now)).toBe(false);
    expect(isLiveChallenge(key, "AAAA", now)).toBe(false);
  });
});

describe("the limit on attempts", () => {
  const make = (addresses: number) => {
    let ms = 0;
    const clock = { now: () => new Date(), monotonicMs: () => ms, sleep: async () => {} };
    const take = makeRateLimit(clock, { burst: 3, perSecond: 1, addresses });
    return { take, pass: (seconds: number) => void (ms += seconds * 1000) };
  };

  test("allows a burst, then tells how long to wait, then allows again", () => {
    const { take, pass } = make(10);
    expect([take("a"), take("a"), take("a")]).toEqual([0, 0, 0]);
    expect(take("a")).toBe(1);
    expect(take("b")).toBe(0);
    pass(1);
    expect(take("a")).toBe(0);
    expect(take("a")).toBe(1);
  });

  test("remembers a bounded number of addresses, the busiest last to go", () => {
    const { take } = make(2);
    for (let n = 0; n < 3; n += 1) take("a");
    take("b");
    expect(take("a")).toBe(1);
    take("c"); // forgets b
    expect(take("a")).toBe(1);
  });
});

describe("which report is current", () => {
  const current = { boot: "a", seq: 5, created: 100 };

  test("within one start the higher number", () => {
    expect(supersedes({ boot: "a", seq: 6, created: 90 }, current)).toBe(true);
    expect(supersedes({ boot: "a", seq: 4, created: 200 }, current)).toBe(false);
  });

  test("of two starts the later signed", () => {
    expect(supersedes({ boot: "b", seq: 1, created: 101 }, current)).toBe(true);
    expect(supersedes({ boot: "b", seq: 9, created: 99 }, current)).toBe(false);
  });

  test("any, if there is none", () => {
    const none = { boot: null, seq: null, created: null };
    expect(supersedes({ boot: "b", seq: 1, created: 0 }, none)).toBe(true);
  });
});

describe("small rules", () => {
  test("a token is used, revoked, expired or open, in that order", () => {
    const now = new Date(1_000);
    const token = { used_at: null, revoked_at: null, expires_at: 2_000 };
    expect(tokenState(token, now)).toBe("open");
    expect(tokenState({ ...token, expires_at: 1_000 }, now)).toBe("expired");
    expect(tokenState({ ...token, revoked_at: 1 }, now)).toBe("revoked");
    expect(tokenState({ ...token, revoked_at: 1, used_at: 1 }, now)).toBe("used");
  });

  test("a lifetime is from a second to thirty days", () => {
    expect(parseLifetime("90s")).toBe(90_000);
    expect(parseLifetime("30d")).toBe(30 * 86_400_000);
    for (const text of ["", "1", "0s", "31d", "1w", "-1h", "1 h"]) {
      expect(() => parseLifetime(text)).toThrow(/--expires/);
    }
  });

  test("an error of the inside is told without its words", () => {
    const problem = problemDocument(problemOf(new Error("secret path /x")));
    expect(problem).toEqual({ type: "about:blank", title: "Internal error", status: 500 });
    const disk = problemOf(new VouchsafeError("disk.full", "No space in /var/lib."));
    expect(disk).toMatchObject({ status: 500 });
    expect(disk.detail).toBeUndefined();
  });

  test("ages are short", () => {
    const ages = [0, 4_999, 5_000, 61_000, 7_200_000, 86_400_000 * 8, 86_400_000 * 800];
    expect(ages.map((ms) => ageText(0, ms))).toEqual([
      "now",
      "now",
      "5 s",
      "1 min",
      "2 h",
      "1 wk",
      "2 y",
    ]);
  });
});
