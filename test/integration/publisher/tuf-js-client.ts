/**
 * tuf-js, an independent TUF client, over a published repository: served as a plain web server
 * would, and trusted through nothing but the bootstrap root.
 */
import { copyFileSync, createReadStream, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { Updater } from "tuf-js";
import { afterEach } from "vitest";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Serves a folder on loopback until the test ends; the origin. */
export async function serve(dir: string): Promise<string> {
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

/** Makes a client whose metadata is kept in `client`; it downloads a target by its path. */
export async function tufJsClient(
  repository: string,
  client: string,
): Promise<(path: string) => Promise<string>> {
  const origin = await serve(repository);
  for (const folder of ["metadata", "targets"]) {
    mkdirSync(join(client, folder), { recursive: true });
  }
  const root = join(repository, "metadata", "1.root.json");
  copyFileSync(root, join(client, "metadata", "root.json"));
  return async (path) => {
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
}
