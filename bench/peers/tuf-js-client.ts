/** tuf-js-client.ts URL ROOT STATE TARGET: refreshes and downloads the target unless it is there. */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Updater } from "tuf-js";

const [url = "", root = "", state = "", target = ""] = process.argv.slice(2);
mkdirSync(state, { recursive: true });
if (!existsSync(join(state, "root.json"))) copyFileSync(root, join(state, "root.json"));
const updater = new Updater({
  metadataDir: state,
  metadataBaseUrl: `${url}metadata`,
  targetDir: state,
  targetBaseUrl: `${url}targets`,
});
await updater.refresh();
const info = await updater.getTargetInfo(target);
if (info === undefined) throw new Error("The repository has no such target.");
const path = join(state, basename(target));
if ((await updater.findCachedTarget(info, path)) === undefined) {
  await updater.downloadTarget(info, path);
}
