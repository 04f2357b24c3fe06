/** Files that the build put inside the executable. */
import { getRawAsset, isSea } from "node:sea";

/** The bytes of a file inside the running executable; undefined when the program is not one. */
export const embeddedFile = (name: string): Buffer | undefined =>
  isSea() ? Buffer.from(getRawAsset(name)) : undefined;
