/** Junctions as a port: what NTFS and ReFS do through DeviceIoControl. */

/** Makes and moves junctions. */
export interface Junctions {
  /**
   * Makes an empty folder a junction, or lets a junction lead elsewhere, in one step: a reader finds
   * the old target or the new one.
   *
   * Rejects with an error whose `code` is `ENOTSUP` where the volume has no junctions, `EBUSY` or
   * `EPERM` where somebody holds the folder.
   *
   * @param target absolute
   */
  set(path: string, target: string): Promise<void>;
}
