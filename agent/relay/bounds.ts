/** Everything that a neighbour could drag out or use up at a relay, in one place. */

/** Of Node.js's server; times in milliseconds. */
export const serverBounds = {
  maxHeaderSize: 8_192,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
} as const;

export const bounds = {
  headersCount: 64,
  tlsHandshakeMs: 10_000,
  connectionsPerAddress: 16,
  /** Requests a second of one address; those beyond wait. */
  requestsPerSecond: 200,
  /** A request without the right token counts as so many. */
  refusedCounts: 40,
  /** Addresses that are remembered. */
  addresses: 1_024,
  /** Bytes that are read and sent at a time. */
  chunkBytes: 65_536,
  /** Longest that a reader may take for such a piece. */
  stalledMs: 30_000,
  /** How long answers that are under way may go on at the end. */
  drainMs: 20_000,
} as const;
