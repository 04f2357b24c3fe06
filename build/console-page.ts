/** Bundles the console's page for the browser; the console serves it from beside its own bundle. */
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { build as esbuild, type Metafile } from "esbuild";
import { BuildError } from "./build-error.ts";

/**
 * Builds dist/console-web/{index.html,page.js,page.css} from console/web/{index.html,main.tsx}.
 *
 * @returns what esbuild put into it
 * @throws BuildError when the page is missing or does not compile
 */
export const buildConsolePage = async (root: string): Promise<Metafile> => {
  const source = join(root, "console/web");
  const target = join(root, "dist/console-web");
  await mkdir(target, { recursive: true });
  const { metafile } = await esbuild({
    absWorkingDir: root,
    entryPoints: { page: "console/web/main.tsx" },
    outdir: target,
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    legalComments: "none",
    charset: "utf8",
    metafile: true,
    logLevel: "silent",
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BuildError(`The console's page could not be bundled: ${reason}`);
  });
  await copyFile(join(source, "index.html"), join(target, "index.html"));
  return metafile;
};
