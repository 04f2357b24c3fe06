/** A tool that brings a file to an endpoint and keeps it up to date, as the benchmark sees it. */
import type { Sample } from "../types.ts";

/** What is run as the client, and where its traffic is told if not by the web server. */
export interface ClientCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Reads the bytes received from what the client printed; for tools that do not speak HTTP. */
  readonly traffic?: (stdout: string) => Pick<Sample, "bytesReceived" | "requests">;
}

/** The tool, set up for one database. */
export interface Peer {
  /** Makes the server hold what is in this folder. */
  publish(source: string): Promise<void>;
  /** Brings what lies in the client's folder, which may not exist yet, to what the server holds. */
  readonly client: ClientCommand;
  /** Where the file is then. */
  readonly installed: string;
  close?(): Promise<void>;
}

/** Where a tool works. */
export interface PeerPlaces {
  /** A folder of its own that the web server serves. */
  readonly served: string;
  /** Address of that folder, ending in "/". */
  readonly url: string;
  /** A folder of its own that nobody serves. */
  readonly work: string;
  /** The client's folder; it is removed and put back between runs. */
  readonly state: string;
  /** Name of the database's file. */
  readonly file: string;
  /** Our repository, for other clients of the same format. */
  readonly repository: Repository;
}

/** A TUF repository that is served. */
export interface Repository {
  /** Address of its folder, ending in "/". */
  readonly url: string;
  /** Path of the bootstrap root. */
  readonly root: string;
  /** Path of the file's target. */
  readonly target: string;
}

/** How a tool is set up; `missing` says why it cannot be. */
export interface PeerKind {
  readonly name: string;
  /** Programs that it needs, with the Debian package of each. */
  readonly needs: Readonly<Record<string, string>>;
  open(places: PeerPlaces): Promise<Peer>;
}
