/** Refuses a runtime that is too old, in one sentence, before anything needs what it lacks. */

const oldestMajor = 24;

/** What is wrong with a Node.js version ("v20.20.0"), or undefined if nothing is. */
export function nodeProblem(version: string): string | undefined {
  const major = Number(/^v?(\d+)\./.exec(version)?.[1]);
  if (major >= oldestMajor) return undefined;
  return `Vouchsafe needs Node.js ${oldestMajor} or newer; this is ${version}.`;
}
