/** What uses a database, as a port. Each kind of consumer is one file in this room. */

/** The generation that a consumer is asked about. */
export interface Subject {
  readonly database: string;
  /** Version of the release. */
  readonly version: number;
  /** Absolute path of the generation's folder, sealed. */
  readonly path: string;
}

/**
 * Each call rejects with `consumer.unreachable` when the consumer could not be asked: that says
 * nothing of the generation.
 */
export interface Consumer {
  /**
   * The consumer's own test of a staged generation, before the switch.
   * @throws VouchsafeError `consumer.trial-failed`, `consumer.unreachable`
   */
  trial(subject: Subject, signal?: AbortSignal): Promise<void>;
  /**
   * Tells the consumer to load what `current` is now.
   * @throws VouchsafeError `consumer.confirm-failed`, `consumer.unreachable`
   */
  reload(subject: Subject, signal?: AbortSignal): Promise<void>;
  /**
   * Proves that the consumer has loaded the generation.
   * @throws VouchsafeError `consumer.confirm-failed`, `consumer.unreachable`
   */
  confirm(subject: Subject, signal?: AbortSignal): Promise<void>;
}
