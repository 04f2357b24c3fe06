/**
 * What the other rooms need of the trust room: releases that were verified to the end, and the
 * port through which metadata comes in. Nothing here touches disk or network.
 */
import type { Sha256 } from "../../protocol/bytes.ts";
import type { VouchsafeError } from "../../protocol/errors.ts";
import type { HaltedRelease } from "../../protocol/release/halt.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import type { Rollout } from "../../protocol/release/release-info.ts";

/** What a mirror gave to ask it again by; good for that origin only (RFC 9110 §8.8). */
export interface Validators {
  /** The mirror's base address. */
  readonly origin: string;
  readonly etag?: string;
  readonly lastModified?: string;
}

/** How a metadata file is asked for. */
export interface MetadataRequest {
  /** Bytes after which reading stops with `transfer.too-large`. */
  readonly maxBytes: number;
  /** Makes the request conditional at the mirror that gave them; other mirrors ignore them. */
  readonly conditional?: Validators;
}

/** What came of asking for a metadata file. */
export type MetadataAnswer =
  | {
      readonly status: "ok";
      readonly bytes: Buffer;
      readonly validators: Validators;
      /** The server's `Date` (unsigned), milliseconds since 1970. */
      readonly serverTime?: number;
    }
  /** 304 of the mirror that gave the validators. */
  | { readonly status: "unchanged" }
  /** 404 (or 403) of every mirror. */
  | { readonly status: "missing" };

/** The way in for metadata; throws `transfer.*`. */
export interface MetadataFetcher {
  /** @param path in the repository, such as `metadata/timestamp.json` */
  get(path: string, request: MetadataRequest): Promise<MetadataAnswer>;
  /**
   * What a mirror gave was refused: it is not asked for metadata again in this run.
   *
   * @param origin its base address, as in {@link Validators}
   * @returns whether another is left to ask
   */
  refuse?(origin: string, error: VouchsafeError): boolean;
}

/** A release whose metadata was verified to the end (protocol/release `checkRelease`). */
export interface TrustedRelease {
  readonly database: string;
  /** Version of the database's role. */
  readonly version: number;
  readonly label: string;
  /** SHA-256 of the role's metadata file. */
  readonly digest: Sha256;
  /** `YYYY-MM-DDTHH:MM:SSZ`; empty for a plain repository, which does not tell. */
  readonly created: string;
  readonly notes: string;
  /** Oldest version of the agent that may install it. */
  readonly minAgent?: string;
  readonly rollout?: Rollout;
  /** Whether a signed stop names this version: it must not be installed. */
  readonly halted?: boolean;
  /** That stop: when and why. */
  readonly stop?: HaltedRelease;
  /** Versions of this database that a signed stop names now; they are no way back either. */
  readonly haltedVersions?: readonly number[];
  /** Whether targets are prefixed with their digest (TUF 6.2). */
  readonly consistentSnapshot: boolean;
  readonly files: readonly ReleaseFile[];
}

/** The part of the trust client that the update pipeline uses. */
export interface TrustClient {
  /**
   * One check: asks for the timestamp, and for the rest only if that is new (TUF 5.3 to 5.6).
   *
   * @throws VouchsafeError `trust.*`, `clock.behind`, `transfer.*`, `repository.missing`
   */
  refresh(): Promise<{ readonly changed: boolean }>;
  /**
   * The release of a database that the trusted metadata names now.
   *
   * @throws VouchsafeError `trust.role`, `trust.release`, and as {@link refresh}
   */
  release(database: string): Promise<TrustedRelease>;
}
