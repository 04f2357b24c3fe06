/**
 * The pointer `current` of a database, as a port: how it is moved in one step differs between
 * Unix (a symbolic link) and Windows (a junction).
 */

/** What `current` is now. */
export type PointerState =
  | { readonly kind: "none" }
  /** A link; `target` as it is written in the link, with `/`. */
  | { readonly kind: "link"; readonly target: string }
  /** A file or folder that is no link of ours; it is never touched. */
  | { readonly kind: "foreign" };

/** Moves `current` in a database's folder. Every change is durable when the call returns. */
export interface Pointer {
  read(databaseDir: string): Promise<PointerState>;
  /** @param target relative to the database's folder, such as `generations/5-0123456789ab` */
  move(databaseDir: string, target: string): Promise<void>;
  remove(databaseDir: string): Promise<void>;
  /** Removes what an interrupted move left beside the pointer. */
  sweep(databaseDir: string): Promise<void>;
}
