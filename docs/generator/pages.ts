/** Every page that is generated from the code. */
import { errorsPage } from "./errors.ts";

const notice = "<!-- Generated from the code by `npm run docs`: do not edit. -->";

const page = (text: string): string => `${notice}\n\n${text}\n`;

/** Path (relative to the project) and text of each generated page. */
export const generatedPages = (): Readonly<Record<string, string>> => ({
  "docs/errors.md": page(errorsPage()),
});
