/** Commands that our documents tell people to type. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const project = join(import.meta.dirname, "../../..");

/**
 * The lines of the code block that stands below `<!-- run: NAME -->`.
 *
 * @param page relative to the project
 * @throws Error when the page has not exactly one such block
 */
export function commandsOf(page: string, name: string): string {
  const text = readFileSync(join(project, page), "utf8");
  const blocks = text.split(`<!-- run: ${name} -->\n\`\`\`sh\n`);
  const [, block] = blocks;
  if (block === undefined || blocks.length > 2) {
    throw new Error(`${page} has ${blocks.length - 1} blocks ${name}`);
  }
  return block.slice(0, block.indexOf("```"));
}
