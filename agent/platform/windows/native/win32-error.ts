/** Errors of Windows' functions, told as the errors of the file system that the agent knows. */

const errnos: ReadonlyMap<number, string> = new Map([
  [1, "ENOTSUP"], // ERROR_INVALID_FUNCTION: the volume does not know the request
  [2, "ENOENT"],
  [3, "ENOENT"],
  [5, "EPERM"],
  [32, "EBUSY"], // ERROR_SHARING_VIOLATION
  [33, "EBUSY"],
  [50, "ENOTSUP"],
  [112, "ENOSPC"],
  [145, "ENOTEMPTY"],
  [1314, "EPERM"], // ERROR_PRIVILEGE_NOT_HELD
]);

/**
 * @param call the function that failed
 * @param code what GetLastError said
 */
export function win32Error(call: string, path: string, code: number): Error {
  const errno = errnos.get(code) ?? "EIO";
  return Object.assign(new Error(`${errno}: ${call} ${path} (Windows error ${code})`), {
    code: errno,
  });
}
