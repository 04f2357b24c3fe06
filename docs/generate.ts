/** npm run docs: writes the pages that are generated from the code. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { generatedPages } from "./generator/pages.ts";

const root = resolve(import.meta.dirname, "..");

for (const [path, text] of Object.entries(generatedPages())) {
  await writeFile(resolve(root, path), text);
  process.stdout.write(`${path}\n`);
}
