/** Which of two versions of the agent is older (SemVer 2.0.0 §11). */

function parts(version: string): { numbers: number[]; pre: string[] } {
  const [core = "", ...rest] = (version.split("+")[0] ?? "").split("-");
  const pre = rest.join("-");
  return {
    numbers: core.split(".").map((part) => (/^[0-9]{1,9}$/.test(part) ? Number(part) : 0)),
    pre: pre === "" ? [] : pre.split("."),
  };
}

function compareIdentifiers(a: string, b: string): number {
  const numeric = /^[0-9]{1,9}$/;
  if (numeric.test(a) && numeric.test(b)) return Number(a) - Number(b);
  if (numeric.test(a) !== numeric.test(b)) return numeric.test(a) ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Whether `version` comes before `needed`. What is not a number counts as 0. */
export function isOlderVersion(version: string, needed: string): boolean {
  const [ours, theirs] = [parts(version), parts(needed)];
  for (let i = 0; i < Math.max(ours.numbers.length, theirs.numbers.length); i += 1) {
    const difference = (ours.numbers[i] ?? 0) - (theirs.numbers[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  if (ours.pre.length === 0 || theirs.pre.length === 0) {
    return ours.pre.length > 0 && theirs.pre.length === 0;
  }
  for (let i = 0; i < Math.max(ours.pre.length, theirs.pre.length); i += 1) {
    const [a, b] = [ours.pre[i], theirs.pre[i]];
    if (a === undefined || b === undefined) return a === undefined;
    const order = compareIdentifiers(a, b);
    if (order !== 0) return order < 0;
  }
  return false;
}
