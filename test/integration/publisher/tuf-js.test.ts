import { copyFileSync, createReadStream, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { Updater } from "tuf-js";
import { afterEach, expect, test } from "vitest";
import { useWorkshop } from "./workshop.ts";

const shop = useWorkshop();
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Serves a folder on loopback, as a plain web server would. */
async function serve(dir: string): Promise<string> {
  const server = createServer((request, response) => {
    const path = join(dir, normalize(`/${request.url ?? ""}`));
    createReadStream(path)
      .on("error", () => response.writeHead(404).end())
      .pipe(response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const isBound = (value: typeof address): value is AddressInfo => typeof value === "object";
  if (!isBound(address)) throw new Error("the server has no port");
  return `http://127.0.0.1:${address.port}`;
}

test("tuf-js downloads a target of each release, with nothing but the bootstrap root", async () => {
  shop.now = Date.now();
  await shop.addDatabase("daily", 1);
  await shop.release({ "main.txt": "one\n".repeat(50), "more/extra.txt": "two" });
  const origin = await serve(shop.path("p", "repository"));
  const client = shop.path("client");
  for (const folder of ["metadata", "targets"])
    mkdirSync(join(client, folder), { recursive: true });
  const root = shop.path("p", "repository", "metadata", "1.root.json");
  copyFileSync(root, join(client, "metadata", "root.json"));
  const download = async (path: string): Promise<string> => {
    const updater = new Updater({
      metadataDir: join(client, "metadata"),
      metadataBaseUrl: `${origin}/metadata`,
      targetDir: join(client, "targets"),
      targetBaseUrl: `${origin}/targets`,
      config: { prefixTargetsWithHash: true, fetchRetry: 0 },
    });
    await updater.refresh();
    const target = await updater.getTargetInfo(path);
    if (target === undefined) throw new Error(`no target ${path}`);
    return readFileSync(await updater.downloadTarget(target), "utf8");
  };
  expect(await download("daily/main.txt")).toBe("one\n".repeat(50));
  expect(await download("daily/more/extra.txt")).toBe("two");
  await shop.release({ "main.txt": "three" });
  expect(await download("daily/main.txt")).toBe("three");
  await expect(download("daily/more/extra.txt")).rejects.toThrow("no target");
});
