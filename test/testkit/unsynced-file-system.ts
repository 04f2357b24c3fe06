/**
 * The real file system without fsync: for tests that run an operation hundreds of times and look
 * at it from the same running kernel, which sees every write anyway.
 */
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";

export const unsyncedFileSystem: FileSystem = {
  ...nodeFileSystem,
  open: async (path, flags, mode) => ({
    ...(await nodeFileSystem.open(path, flags, mode)),
    sync: async () => undefined,
  }),
  syncDir: async (path) => {
    await nodeFileSystem.lstat(path);
  },
};
