/** One database on its way through the table: its state, its places, and who is told. */
import { type DatabasePlaces, databasePlaces } from "../store/layout.ts";
import type { ReleaseRef } from "../store/release-ref.ts";
import { nextState, type UpdateEvent, type UpdateState } from "./transitions.ts";
import type { EngineContext, ManagedDatabase } from "./types.ts";

/** A database on its way. */
export interface DatabaseRun {
  readonly context: EngineContext;
  readonly database: ManagedDatabase;
  readonly places: DatabasePlaces;
  state(): UpdateState;
  /** Moves on as the table says, and tells. */
  advance(event: UpdateEvent): UpdateState;
  /** Tells how far the present step is. Bytes. */
  tell(done: number, total: number, file?: string): void;
}

/** @param state where the table is entered; a recovery enters it in the middle */
export function startRun(
  context: EngineContext,
  database: ManagedDatabase,
  entered: UpdateState = "idle",
): DatabaseRun {
  let state = entered;
  const tell = (done: number, total: number, file?: string): void =>
    context.onProgress?.({
      database: database.name,
      step: state,
      done,
      total,
      ...(file === undefined ? {} : { file }),
    });
  return {
    context,
    database,
    places: databasePlaces(context.state, database.name),
    state: () => state,
    advance: (event) => {
      state = nextState(state, event);
      tell(0, 0);
      return state;
    },
    tell,
  };
}

/** A generation as its consumer is told of it. */
export function subjectOf(run: DatabaseRun, release: ReleaseRef, path: string) {
  return { database: run.database.name, version: release.version, path };
}

/** 32 hex characters. */
export function newId(context: EngineContext): string {
  return Buffer.from(context.randomBytes(16)).toString("hex");
}
