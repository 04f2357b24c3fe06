/** Finds and reads the built page. */
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { readFileIfExists } from "../../host/bounded-read.ts";
import { embeddedFile } from "../../host/embedded.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import type { WebFiles } from "../api/page-routes.ts";

const maxBytes = 4 * 1024 * 1024;

/**
 * Where the page lies: `console-web` beside the running bundle, or the build's folder when the
 * program runs from source.
 */
export function webFolders(program: string | undefined): readonly string[] {
  if (program === undefined) return [];
  const dir = dirname(realpathSync(program));
  return [join(dir, "console-web"), join(dir, "..", "dist", "console-web")];
}

/** The page inside the executable, if the program runs as one. */
function embeddedWebFiles(): WebFiles | undefined {
  const [html, script, style] = ["index.html", "page.js", "page.css"].map((name) =>
    embeddedFile(`console-web/${name}`),
  );
  if (html === undefined || script === undefined || style === undefined) return undefined;
  return { html, script, style };
}

/** The page's files: those inside the executable, or from the first folder that has them all; undefined if none has. */
export async function readWebFiles(folders: readonly string[]): Promise<WebFiles | undefined> {
  const embedded = embeddedWebFiles();
  if (embedded !== undefined) return embedded;
  for (const folder of folders) {
    const read = (name: string): Promise<Buffer | undefined> =>
      readFileIfExists(nodeFileSystem, join(folder, name), maxBytes);
    const html = await read("index.html");
    const script = await read("page.js");
    const style = await read("page.css");
    if (html !== undefined && script !== undefined && style !== undefined) {
      return { html, script, style };
    }
  }
  return undefined;
}
