import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/bytes.ts";
import type { HostFacts, ReportedDatabase } from "../../../protocol/report/status-report.ts";
import {
  type Endpoint,
  enrol,
  makeEndpoint,
  put,
  sampleReport,
  startTestConsole,
  type TestConsole,
} from "../../testkit/console-fixture.ts";
import { bundlePage } from "../../testkit/console-page.ts";

const chromiumPath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const missing = !existsSync(chromiumPath);
if (missing) process.stderr.write(`page tests skipped: there is no ${chromiumPath}\n`);

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const host: HostFacts = {
  hostname: "edge-01.example.com",
  platform: "linux",
  os: "Debian GNU/Linux 12",
  arch: "x64",
  version: "0.1.0",
};

function database(name: string, version: number, ageMs: number): ReportedDatabase {
  const at = new Date(Date.now() - ageMs).toISOString();
  const digest = sampleDigest;
  const release = { version, label: `2025-04-${String(version).padStart(2, "0")}`, digest };
  return { name, release, installedAt: at, lastCheckAt: at, lastResult: "current" };
}

const hour = 3_600_000;
const sampleDigest = sha256("a release");

describe.skipIf(missing)("the page in a browser", () => {
  let watched: TestConsole;
  let browser: BrowserContext;
  let profile: string;
  let page: Page;
  const troubles: string[] = [];

  const enrolled = async (name: string): Promise<Endpoint> => {
    const endpoint = makeEndpoint(name);
    const response = await enrol(watched.origin(), endpoint, { token: await watched.token() });
    expect(response.status).toBe(201);
    return endpoint;
  };
  const row = (endpoint: Endpoint) => page.locator(`tr[data-agent="${endpoint.id}"]`);

  beforeAll(async () => {
    watched = await startTestConsole(await bundlePage());
    profile = await mkdtemp(join(tmpdir(), "vouchsafe-browser-"));
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath,
      headless: true,
      args: flags,
      viewport: { width: 1320, height: 820 },
    });
    page = await browser.newPage();
    page.on("pageerror", (error) => troubles.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") troubles.push(message.text());
    });
    page.on("dialog", (dialog) => {
      troubles.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(watched.origin());
  });

  afterAll(async () => {
    await browser.close();
    await watched[Symbol.asyncDispose]();
    await rm(profile, { recursive: true, maxRetries: 5 });
  });

  test("tells how to enrol while there is no agent, with its own address", async () => {
    await page.getByRole("heading", { name: "No agents yet" }).waitFor();
    const commands = await page.locator("pre").allTextContents();
    expect(commands.join("\n")).toContain("vouchsafe-console token new");
    expect(commands.join("\n")).toContain(`enroll --console ${watched.origin()}`);
  });

  test("shows an agent within seconds of its enrolment, not seen yet", async () => {
    const endpoint = await enrolled("silent");
    await row(endpoint).waitFor();
    expect(await row(endpoint).textContent()).toContain("Not seen yet");
  });

  test("shows host, platform, releases, ages and result of a healthy agent", async () => {
    const endpoint = await enrolled("healthy");
    const databases = [database("asn-ipv4", 11, 3 * hour), database("daily", 4, 26 * hour)];
    const report = sampleReport(endpoint, 1, { host, databases, lastResult: "updated" });
    expect((await put(watched.origin(), endpoint, report)).status).toBe(200);
    await row(endpoint).getByText("edge-01.example.com").waitFor();
    const text = (await row(endpoint).textContent()) ?? "";
    for (const part of ["Up to date", "Debian GNU/Linux 12", "linux · x64", "asn-ipv4"]) {
      expect(text).toContain(part);
    }
    for (const part of ["2025-04-11", "3 h old", "1 d old", "updated", "ago"]) {
      expect(text.replace("just now", "1 s ago")).toContain(part);
    }
  });

  test("shows an older release as outdated, and a refusal as failing, in words", async () => {
    const behind = await enrolled("behind");
    const old = [database("asn-ipv4", 2, 200 * hour)];
    const behindHost = { ...host, hostname: "db-7.example.com" };
    await put(
      watched.origin(),
      behind,
      sampleReport(behind, 1, { host: behindHost, databases: old }),
    );
    const failing = await enrolled("failing");
    const failed: ReportedDatabase = {
      ...database("daily", 4, 50 * hour),
      lastResult: "refused",
      error: { code: "trust.mismatch", message: "Bytes do not have the signed hash." },
    };
    const failingHost = { ...host, hostname: "mail-2.example.com", os: "Windows Server 2022" };
    const refused = sampleReport(failing, 1, {
      host: { ...failingHost, platform: "win32" },
      databases: [failed],
      lastResult: "refused",
    });
    await put(watched.origin(), failing, refused);
    await row(behind).getByText("Outdated").first().waitFor();
    expect(await row(behind).textContent()).toContain("version 2, others have 11");
    await row(failing).getByText("Failing").first().waitFor();
    expect(await row(failing).textContent()).toContain("Bytes do not have the signed hash.");
    const first = page.locator("tbody tr").first();
    expect(await first.getAttribute("data-agent")).toBe(failing.id);
  });

  test("shows whatever a host calls itself as text", async () => {
    const endpoint = await enrolled("hostile");
    const hostname = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
    const report = sampleReport(endpoint, 1, {
      host: { ...host, hostname, os: `"><svg onload=alert(3)>` },
      databases: [database("daily", 4, hour)],
    });
    expect((await put(watched.origin(), endpoint, report)).status).toBe(200);
    await row(endpoint).getByText(hostname).waitFor();
    expect(await page.locator("tbody img, tbody script").count()).toBe(0);
    expect(await row(endpoint).textContent()).toContain(`"><svg onload=alert(3)>`);
  });

  test("can be used by keyboard alone: a tile filters, the search narrows", async () => {
    const tile = page.getByRole("button", { name: /Failing/ });
    await tile.focus();
    await page.keyboard.press("Enter");
    expect(await tile.getAttribute("aria-pressed")).toBe("true");
    expect(await page.locator("tbody tr").count()).toBe(1);
    await page.keyboard.press("Enter");
    await page.getByRole("searchbox", { name: "Search agents" }).focus();
    await page.keyboard.type("db-7");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    expect(await page.getByRole("status").textContent()).toContain("1 of 5 agents");
    await page.getByRole("searchbox").fill("");
  });

  test("asks with an entity tag: an unchanged fleet is not sent again", async () => {
    const statuses: number[] = [];
    page.on("response", (response) => {
      if (response.url().endsWith("/v1/agents")) statuses.push(response.status());
    });
    await expect.poll(() => statuses, { timeout: 10_000 }).toContain(304);
  });

  test("looks as it should in light and in dark, wide and narrow", async () => {
    const folder = process.env["SCREENSHOTS"] ?? profile;
    const grounds = new Set<string>();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const path = join(folder, `fleet-${colorScheme}.png`);
      await page.screenshot({ path });
      grounds.add(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"));
    }
    expect(grounds.size).toBe(2);
    await page.setViewportSize({ width: 420, height: 900 });
    await page.screenshot({ path: join(folder, "fleet-narrow.png") });
    const overflow = await page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    expect(overflow).toBe(0);
    await page.setViewportSize({ width: 1320, height: 820 });
  });

  test("runs under its content policy without a complaint", () => {
    expect(troubles.filter((text) => !text.includes("ERR_CONNECTION"))).toEqual([]);
  });

  test("says that the connection is lost, keeps what was known, and recovers", async () => {
    await page.route("**/v1/agents", (route) => route.abort());
    await page.getByText("Connection lost").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("cannot be reached");
    expect(await page.locator("tbody tr").count()).toBe(5);
    await page.unroute("**/v1/agents");
    await page.getByText(/^Live/).waitFor();
  });
});
