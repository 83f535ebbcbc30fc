/** What the load process says of its calls. Times are milliseconds since the load began. */

export interface CallRecord {
  readonly id: string;
  readonly write: boolean;
  /** When the call was to start, whether or not the process was late. */
  readonly atMs: number;
  /** From the intended start to the end; undefined: it never ended. */
  readonly ms: number | undefined;
  readonly code: number;
  readonly maybeProcessed: boolean;
}

export interface StreamRecord {
  readonly id: string;
  readonly atMs: number;
  /** Undefined: it was open at the end of the load, and the load cancelled it. */
  readonly ms: number | undefined;
  readonly code: number;
  readonly messages: number;
}

export interface MemorySample {
  readonly atMs: number;
  readonly bytes: number;
}

export interface LoadResult {
  readonly calls: readonly CallRecord[];
  readonly streams: readonly StreamRecord[];
  /** Calls or streams that ended more than once. */
  readonly settledTwice: number;
  /** Errors that no call reported: uncaught exceptions and unhandled rejections. */
  readonly uncaught: readonly string[];
  readonly cpuMs: number;
  /** Resident memory, once a second. */
  readonly resident: readonly MemorySample[];
  /** Memory that is alive after a full collection, once a second. Empty in short runs. */
  readonly alive: readonly MemorySample[];
}
