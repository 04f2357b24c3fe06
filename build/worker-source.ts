/** Puts a bundled worker into the program that starts it: inside one executable no file can be named. */
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

/**
 * Replaces each `worker-source.ts` by the text of the `worker.ts` beside it, bundled the same way.
 */
export const workerSourcePlugin: Plugin = {
  name: "worker-source",
  setup: (bundling) => {
    bundling.onLoad({ filter: /[\\/]worker-source\.ts$/ }, async ({ path }) => {
      const { plugins: _, ...options } = bundling.initialOptions;
      const { outputFiles } = await build({
        ...options,
        entryPoints: [join(dirname(path), "worker.ts")],
        banner: {},
        define: { ...options.define, "import.meta.url": '""' },
        metafile: false,
        write: false,
      });
      const text = outputFiles?.[0]?.text ?? "";
      return { contents: `export const workerSource = ${JSON.stringify(text)};`, loader: "ts" };
    });
  },
};
