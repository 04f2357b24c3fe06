/** Bundles the console's page as the build does, into memory. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { WebFiles } from "../../console/api/page-routes.ts";

const web = (name: string): string =>
  fileURLToPath(new URL(`../../console/web/${name}`, import.meta.url));

/** The page's three files. */
export async function bundlePage(): Promise<WebFiles> {
  const { outputFiles } = await build({
    entryPoints: { page: web("main.tsx") },
    outdir: "page",
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    logLevel: "silent",
  });
  const output = (ending: string): Buffer => {
    const file = outputFiles.find(({ path }) => path.endsWith(ending));
    if (file === undefined) throw new Error(`esbuild made no ${ending}`);
    return Buffer.from(file.contents);
  };
  return {
    html: await readFile(web("index.html")),
    script: output("page.js"),
    style: output("page.css"),
  };
}
