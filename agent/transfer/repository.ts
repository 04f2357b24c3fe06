/**
 * A repository over its mirrors: metadata by conditional GET, targets as bounded streams that go
 * on where they were broken off. Nothing that comes out of here is trusted.
 */
import type { HttpClient } from "../../host/http/types.ts";
import type { MetadataFetcher } from "../trust/types.ts";
import type { RetryPorts } from "./attempts.ts";
import { type Consume, downloadTarget, type TargetRequest } from "./download.ts";
import { metadataFetcher } from "./metadata.ts";
import type { Partials } from "./partials.ts";

/** A repository. */
export interface Repository {
  readonly metadata: MetadataFetcher;
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
}

/** What a repository over a network needs. */
export interface RepositoryPorts extends RetryPorts {
  /** Where parts of downloads are kept; without it none are. */
  readonly partials?: Partials;
}

/**
 * A repository over its mirrors.
 *
 * @param urls base addresses, each ending in "/", in the order in which they are asked
 */
export function createRepository(
  http: HttpClient,
  urls: readonly string[],
  ports: RepositoryPorts,
): Repository {
  const notes = new Set<string>();
  const mirrors = (): readonly string[] => urls;
  const { partials } = ports;
  const onLiar = (mirror: string, path: string): void => {
    notes.add(`The mirror ${mirror} gave wrong bytes of ${path}.`);
  };
  const common = { ...ports, http, mirrors };
  return {
    metadata: metadataFetcher(common),
    download: (path, request, consume) =>
      downloadTarget({ ...common, partials, onLiar }, path, request, consume),
    takeNotes: () => {
      const taken = [...notes];
      notes.clear();
      return taken;
    },
  };
}
