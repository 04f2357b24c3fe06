/** Every limit on deltas, in one place. Bytes unless the name says otherwise. */
export const limits = {
  /** Target window: xdelta3 takes no larger one. */
  window: 16 * 1024 * 1024,
  /** One that copies from itself and so is kept in memory whole: the default of xdelta3. */
  heldWindow: 8 * 1024 * 1024,
  /** Instructions and data of one window, which are never longer than a window with some margin. */
  windowEncoding: 9 * 1024 * 1024,
  /** Inflated length of a delta beyond the length of its file and an eighth of it. */
  inflatedMargin: 64 * 1024,
  /** Windows, beyond one for each `windowEvery` bytes of the new file. */
  windows: 64,
  windowEvery: 4096,
  /** Reads at scattered places of the old file, beyond one for each `readEvery` of the new file. */
  scatteredReads: 4096,
  readEvery: 512,
} as const;

/** How long a delta may be, inflated, that makes a file of that length. Bytes. */
export function maxInflated(length: number): number {
  return length + Math.ceil(length / 8) + limits.inflatedMargin;
}
