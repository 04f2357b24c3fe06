/** What the making of a proposal's encodings works with. */
import type { Encoder } from "../encoding/encoder.ts";
import type { History } from "../encoding/history.ts";
import type { Level } from "../encoding/job.ts";
import type { Database } from "../repository/read-database.ts";
import type { Publisher } from "../workspace/publisher.ts";
import type { ProposalPlace } from "./place.ts";

/** One proposal whose encodings are made. */
export interface Encoding {
  readonly publisher: Publisher;
  readonly place: ProposalPlace;
  readonly database: Database;
  readonly encoder: Encoder;
  readonly history: History;
  readonly level: Level;
  /** A new path in the proposal for a file that is being written. */
  readonly incoming: () => string;
}

/** One encoding that was made, for people. */
export interface MadeEncoding {
  readonly path: string;
  readonly encoding: "zstd" | "delta";
  /** The release that a delta leads from. */
  readonly from?: number;
  readonly bytes: number;
  /** Its length by that of the file. */
  readonly ratio: number;
  readonly seconds: number;
}
