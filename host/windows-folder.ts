/** The folder of Windows itself: its programs are started by their paths, never looked for by name. */
import process from "node:process";

/** As the system tells every process, such as `C:\Windows`. */
export const windowsFolder = (): string => process.env["SystemRoot"] ?? "C:\\Windows";
