/** The HTTP client as a port: what the programs need of it, and no more. */

/** Milliseconds. */
export interface HttpTimeouts {
  /** For each of: name lookup, connection, TLS handshake. */
  readonly connectMs: number;
  /** Longest silence of the server: before its answer and between two pieces of the body. */
  readonly idleMs: number;
  /** The whole request including its body; usually absent, for slow links are not wrong. */
  readonly requestMs?: number;
}

/** TLS material, PEM. */
export interface HttpTls {
  /** Authorities trusted besides the runtime's own. */
  readonly ca?: string;
  /** Client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
}

/** What a client is made from. */
export interface HttpOptions {
  readonly userAgent: string;
  readonly timeouts: HttpTimeouts;
  /** Follow none, or only those that stay on the origin and under the request's `base`. */
  readonly redirects: "none" | "same-origin";
  readonly tls?: HttpTls;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read from here; without it no proxy is used. */
  readonly proxyEnv?: Readonly<Record<string, string | undefined>>;
}

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** http or https, without user information. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Cap of the answer's body; transfer.too-large beyond it. */
  readonly maxBytes?: number;
  /** The address that redirects must stay under; defaults to the whole origin. */
  readonly base?: string;
  readonly signal?: AbortSignal;
  readonly timeouts?: Partial<HttpTimeouts>;
}

/** An answer of any status. Its body must be read to the end, or cancelled. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Where it came from at last. */
  readonly url: string;
  /** The bytes as sent (never decompressed). Ending the iteration early cancels the rest. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Drops what was not read. */
  cancel(): void;
}

/** A client with its own connections. */
export interface HttpClient {
  /**
   * Sends a request; resolves when the headers of the answer have come.
   * @throws VouchsafeError transfer.*, here and while the body is read; the signal's reason
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Closes idle connections and cancels the rest. */
  close(): void;
}
