/** What a benchmark is made of, as data. */

/** One run of one case. */
export interface Sample {
  readonly wallMs: number;
  /** User and system time, of the process and of all it waited for. */
  readonly cpuMs: number;
  readonly peakRssBytes: number;
  /** Bytes that came over the wire, headers included; 0 without a network. */
  readonly bytesReceived: number;
  readonly requests: number;
  /** Bytes handed to write calls, of files and everything else, where that was measured. */
  readonly bytesWritten?: number;
  /** Of a process that goes on: memory that is its alone, and its share of all that it uses. */
  readonly privateBytes?: number;
  readonly pssBytes?: number;
}

/** Which number of a sample is meant. */
export type Metric = keyof Sample;

/** One way of doing a job. */
export interface Case {
  readonly name: string;
  /** Somebody else's way, to compare with. */
  readonly peer?: boolean;
  /** Why it cannot run here, if it cannot. */
  readonly missing?: string;
  /** Made before each run, not measured. */
  readonly prepare?: () => Promise<void>;
  readonly run: () => Promise<Sample>;
}

/** A job that several cases do; the first case is ours, and ratios refer to it. */
export interface Job {
  readonly name: string;
  readonly rounds: number;
  /** Bytes that one operation works through, where rates say more than times. */
  readonly bytes?: number;
  readonly cases: readonly Case[];
}

/** Several jobs on one set-up. */
export interface Suite {
  readonly jobs: readonly Job[];
  readonly close: () => Promise<void>;
}

/** What a suite is opened for. */
export interface SuiteOptions {
  /** The goals are checked: nothing may be cut short. */
  readonly check: boolean;
}

/** Makes the set-up of a suite. */
export type OpenSuite = (options: SuiteOptions) => Promise<Suite>;

/** What came out for one case. */
export interface CaseResult {
  readonly suite: string;
  readonly job: string;
  readonly name: string;
  readonly peer: boolean;
  /** Why there is no result. */
  readonly missing?: string;
  readonly samples: readonly Sample[];
  /** {@link Job.bytes} */
  readonly bytes?: number;
  /** The median of each number; absent if there are no samples. */
  readonly median?: Sample;
}
