/** Errors as the operating system's calls reject with them. */

/** @throws Error with that `code`, always */
export function errnoFailure(errno: string, path: string): never {
  throw Object.assign(new Error(`${errno}: ${path}`), { code: errno });
}
