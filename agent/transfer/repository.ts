/**
 * A repository over its mirrors: metadata by conditional GET, targets as bounded streams that go
 * on where they were broken off. Nothing that comes out of here is trusted.
 */
import type { HttpClient } from "../../host/http/types.ts";
import type { VouchsafeError } from "../../protocol/errors.ts";
import type { MetadataFetcher } from "../trust/types.ts";
import type { RetryPorts } from "./attempts.ts";
import { type Consume, downloadTarget, type TargetRequest } from "./download.ts";
import { metadataFetcher } from "./metadata.ts";
import type { asideMs } from "./mirror-health.ts";
import type { Mirrors } from "./mirrors.ts";
import { watchOrigins } from "./origins.ts";
import type { Partials } from "./partials.ts";
import { makeThrottle } from "./rate.ts";

/** A repository. */
export interface Repository {
  readonly metadata: MetadataFetcher;
  /** Set where no delta can be had. */
  readonly withoutDeltas?: true;
  /** Whether neighbours that hand on whole files are at hand; none if absent. */
  readonly hasRelays?: () => boolean;
  /**
   * Downloads a target. `consume` is given the body, and given it again from the start when it
   * throws `trust.mismatch` and another mirror may have other bytes.
   *
   * @throws VouchsafeError `transfer.*`, `repository.missing`, `trust.mismatch`, and what
   *   `consume` throws
   */
  download<T>(path: string, request: TargetRequest, consume: Consume<T>): Promise<T>;
  /** What was found out about mirrors since the last call, in sentences. */
  takeNotes(): readonly string[];
  /** Keeps what was found out about mirrors for the next run; never rejects. */
  remember(): Promise<void>;
}

/** What a repository over a network needs. */
export interface RepositoryPorts extends RetryPorts {
  /** Where parts of downloads are kept; without it none are. */
  readonly partials?: Partials;
  /** Bytes a second of all downloads together; no limit without it. */
  readonly maxRate?: number;
  /** Bytes a second that a mirror must send over a minute; no limit without it. */
  readonly minRate?: number;
}

/** Codes that an honest mirror which lags behind leads to. */
const staleCodes: ReadonlySet<string> = new Set([
  "trust.rollback",
  "trust.expired",
  "trust.freeze",
]);

/** What a refusal of metadata says of a mirror. A neighbour that has not looked yet is only behind. */
function refusalOf(isRelay: boolean, { code }: VouchsafeError): keyof typeof asideMs {
  if (isRelay && code === "trust.rollback") return "behind";
  return staleCodes.has(code) ? "stale" : "wrong";
}

/** A repository over its mirrors. */
export function createRepository(
  http: HttpClient,
  mirrors: Mirrors,
  ports: RepositoryPorts,
): Repository {
  const notes = new Set<string>();
  const watch = watchOrigins(mirrors);
  const common = {
    ...ports,
    http,
    throttle: makeThrottle(ports.maxRate, ports.clock),
    minRate: ports.minRate ?? 0,
    onFailure: (mirror: string, error: VouchsafeError) => mirrors.failed(mirror, error),
  };
  const metadata = metadataFetcher(
    {
      ...common,
      mirrorage: () => watch.mirrorage(),
      onAnswer: (mirror, path) => watch.answered(mirror, path),
    },
    (mirror, error, isLast) => {
      watch.refused(mirror);
      if (isLast) return;
      const why = refusalOf(mirrors.isRelay(mirror), error);
      mirrors.setAside(mirror, why);
      if (why === "behind") return;
      const { code, message } = error;
      notes.add(`The mirror ${mirror} gave metadata that was refused [${code}]: ${message}`);
    },
  );
  const { partials } = ports;
  const downloads = {
    ...common,
    partials,
    onLiar: (mirror: string, path: string) => {
      mirrors.setAside(mirror, "wrong");
      notes.add(`The mirror ${mirror} gave wrong bytes of ${path}.`);
    },
    onDelivered: (mirror: string, bytes: number, ms: number) =>
      mirrors.delivered(mirror, bytes, ms),
  };
  return {
    metadata,
    hasRelays: () => mirrors.relays().length > 0,
    download: (path, request, consume) =>
      watch.ask(request.from, (from) =>
        downloadTarget({ ...downloads, mirrors: from }, path, request, consume),
      ),
    takeNotes: () => {
      const news = watch.news();
      const taken = [...notes, ...(news === undefined ? [] : [news])];
      notes.clear();
      return taken;
    },
    remember: () => mirrors.save(),
  };
}
