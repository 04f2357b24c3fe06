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
    entryPoints: [web("main.tsx")],
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
  const [script] = outputFiles;
  if (script === undefined) throw new Error("esbuild made no bundle");
  return {
    html: await readFile(web("index.html")),
    script: Buffer.from(script.contents),
    style: await readFile(web("page.css")),
  };
}
